// What a threshold signature of a whole root zone costs each member, in seconds of processor time: 2,900 messages, as
// many as today's root zone has RRSIGs and some more. Floor: round one is 5,800 multiplications of the generator by
// libsodium, the plain verifications are most of aggregating. No arguments, or: frost_bench MESSAGES.
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
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2'900;
  std::printf("%zu messages, processor seconds of one member\n", count);
  std::printf("  t of n   round 1   arrival   round 2   aggregate   one signer all wrong\n");
  struct Group {
    std::size_t threshold;
    std::uint16_t members;
  };
  for (const Group& group : {Group{3, 4}, Group{5, 7}, Group{9, 13}}) {
    const Costs costs = run(group.threshold, group.members, count);
    std::printf("  %zu of %-4d %7.3f   %7.3f   %7.3f   %9.3f   %20.3f\n", group.threshold, int{group.members},
                costs.round_one, costs.arrival, costs.round_two, costs.aggregate, costs.blame);
  }
  return 0;
}
