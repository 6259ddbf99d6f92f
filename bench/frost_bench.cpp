// What a threshold signature costs each member, in milliseconds of processor time and octets of message bodies: of a whole
// root zone (2,793 messages, as many as today's has RRSIGs), of an ordinary release (3), or of as many messages as are
// named. Floor: round one is two multiplications of the generator a message by libsodium, the plain verifications are
// most of aggregating. No arguments, or: frost_bench MESSAGES...
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "bench/floors.h"
#include "crypto/ed25519.h"
#include "os/system_random.h"
#include "threshold/dealer_for_test.h"
#include "threshold/frost.h"
#include "threshold/signing_messages.h"

namespace {

using base::Bytes;
using base::Hash;
using namespace threshold;

std::vector<Bytes> messages(std::size_t count) {
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < count; ++i) {
    Bytes message(150, 7);  // an RRset and its RRSIG without the signature
    message[0] = static_cast<base::Byte>(i);
    message[1] = static_cast<base::Byte>(i >> 8U);
    out.push_back(std::move(message));
  }
  return out;
}

struct Costs {
  double round_one = 0;
  double arrival = 0;
  double round_two = 0;
  double aggregate = 0;
  double blame = 0;
  std::size_t sent = 0;      ///< octets, by a signer: commitments and shares
  std::size_t received = 0;  ///< octets, by a signer: everybody's commitments
};

template <typename Body>
double seconds(const Body& body) {
  return bench::spend(body).processor;
}

Costs run(std::size_t threshold, std::uint16_t members, std::size_t count) {
  os::SystemRandom random;
  const Dealt dealt = deal_for_test(threshold, members, random);
  const Hash id{{1}};
  Costs costs;
  std::vector<Nonces> nonces;
  std::vector<Bytes> sent;
  for (std::size_t i = 0; i < threshold; ++i) {
    const double spent = seconds([&] {
      nonces.push_back(commit(dealt.shares[i].secret(), count, random));
      sent.push_back(serialize_commitments(id, dealt.shares[i].identifier(), nonces.back().commitments()));
    });
    if (i == 0) costs.round_one = spent;
  }
  std::vector<SignerCommitments> commitments{{dealt.shares[0].identifier(), nonces[0].commitments()}};
  costs.arrival = seconds([&] {
    for (std::size_t i = 1; i < threshold; ++i) {
      const Identifier signer = dealt.shares[i].identifier();
      auto parsed = parse_commitments(sent[i], id, signer, count, random);
      CHECK(parsed.has_value());
      commitments.push_back({signer, *std::move(parsed)});
    }
  });
  std::vector<SignerShares> shares;
  std::vector<SigningSession> sessions;
  costs.round_two = seconds([&] {
    auto session = SigningSession::create(dealt.keys, id, messages(count), commitments);
    CHECK(session.has_value());
    sessions.push_back(*std::move(session));
    auto own = sign(sessions[0], dealt.shares[0], std::move(nonces[0]));
    CHECK(own.has_value());
    shares.push_back(*std::move(own));
  });
  for (std::size_t i = 1; i < threshold; ++i) {
    auto others = sign(sessions[0], dealt.shares[i], std::move(nonces[i]));
    CHECK(others.has_value());
    shares.push_back(*std::move(others));
  }
  costs.sent = sent[0].size() + serialize_shares(sessions[0].digest(), shares[0]).size();
  for (const Bytes& one : sent) costs.received += one.size();
  costs.aggregate = seconds([&] {
    const auto result = aggregate(sessions[0], shares, random);
    CHECK(result.has_value() && result->signatures.size() == count);
  });
  for (crypto::PublicScalar& share : shares.back().shares) share = share + crypto::PublicScalar(1);
  costs.blame = seconds([&] {
    const auto result = aggregate(sessions[0], shares, random);
    CHECK(result.has_value() && result->wrong.size() == count);
  });
  return costs;
}

}  // namespace

int main(int argc, char** argv) {
  CHECK(crypto::start().has_value());
  std::vector<std::size_t> counts;
  for (int i = 1; i < argc; ++i) counts.push_back(std::strtoul(argv[i], nullptr, 10));
  if (counts.empty()) counts = {2'793, 3};
  struct Group {
    std::size_t threshold;
    std::uint16_t members;
  };
  for (const std::size_t count : counts) {
    std::printf("%zu messages: processor milliseconds of one member, octets that a signer sends and gets\n",
                count);
    std::printf(
        "  t of n    round 1   arrival   round 2   aggregate   one signer all wrong        sends         "
        "gets\n");
    for (const Group& group : {Group{3, 4}, Group{5, 7}, Group{9, 13}}) {
      const Costs costs = run(group.threshold, group.members, count);
      std::printf("  %zu of %-4d %8.2f  %8.2f  %8.2f  %10.2f  %21.2f %12zu %12zu\n", group.threshold,
                  int{group.members}, 1e3 * costs.round_one, 1e3 * costs.arrival, 1e3 * costs.round_two,
                  1e3 * costs.aggregate, 1e3 * costs.blame, costs.sent, costs.received);
    }
  }
  return 0;
}
