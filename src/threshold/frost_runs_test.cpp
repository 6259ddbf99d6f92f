// Aim: with up to n - t members silent, stalling, lying or altered on the way, the rest end with good signatures, nobody
// honest is ever named, and it takes no more attempts than there are cheaters.
// Method: seeded runs at (3,4), (5,7) and (9,13): a bearer that knows nothing hands messages on, asks t of those
// nobody has named, and leaves out whoever sends something wrong. COMITY_SEEDS: how many runs of each; COMITY_SEED:
// replays one.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sodium.h>

#include "base/check.h"
#include "threshold/dealer_for_test.h"
#include "threshold/frost.h"
#include "threshold/signing_messages.h"

namespace threshold {
namespace {

using base::Byte;
using base::Bytes;
using base::Hash;

/// A stream that a seed gives: everything in a run, keys and nonces too, can be replayed.
class SeededRandom final : public base::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) {
    for (std::size_t i = 0; i < 8; ++i) key_[i] = static_cast<Byte>(seed >> (8 * i));
  }
  void fill(std::span<Byte> out) override {
    ++drawn_;
    for (std::size_t i = 0; i < 8; ++i) key_[8 + i] = static_cast<Byte>(drawn_ >> (8 * i));
    randombytes_buf_deterministic(out.data(), out.size(), key_.data());
  }
  std::size_t below(std::size_t limit) {
    std::array<Byte, 4> bytes;
    fill(bytes);
    return (bytes[0] + 256U * bytes[1] + 65'536U * bytes[2]) % limit;
  }

 private:
  std::array<Byte, randombytes_SEEDBYTES> key_{};
  std::uint64_t drawn_ = 0;
};

enum class Manner {
  kHonest,
  kSilent,
  kSilentLater,
  kAltersCommitments,
  kAltersShares,
  kReplays,
  kSignsOther
};

struct Run {
  Run(std::size_t threshold, std::uint16_t members, std::uint64_t seed)
      : random(seed), dealt(deal_for_test(threshold, members, random)), manners(members, Manner::kHonest) {
    constexpr std::size_t kManners = 7;
    for (std::size_t i = 0; i < members - threshold; ++i) {
      manners[random.below(members)] = static_cast<Manner>(random.below(kManners));
    }
    for (std::size_t i = 0; i < 1 + random.below(3); ++i) messages.push_back({static_cast<Byte>(i)});
  }

  // What arrives of a member's first message, if anything.
  std::optional<Bytes> commitments_of(std::size_t member, const Hash& id,
                                      std::vector<std::optional<Nonces>>& nonces) {
    if (manners[member] == Manner::kSilent) return std::nullopt;
    nonces[member] = commit(dealt.shares[member].secret(), messages.size(), random);
    Bytes bytes = serialize_commitments(id, dealt.shares[member].identifier(), nonces[member]->commitments());
    if (manners[member] == Manner::kAltersCommitments) alter(bytes);
    if (manners[member] == Manner::kReplays && last.size() == bytes.size()) bytes = last;
    if (manners[member] == Manner::kReplays) last = bytes;
    return bytes;
  }

  // A member makes the session from its own messages, and from the commitments it was shown.
  std::optional<Bytes> shares_of(std::size_t member, const SigningSession& session, const Hash& id,
                                 Nonces nonces) {
    if (manners[member] == Manner::kSilentLater) return std::nullopt;
    std::vector<SignerCommitments> shown = session.signers();
    std::vector<Bytes> own_messages = messages;
    if (manners[member] == Manner::kSignsOther) own_messages[0].push_back(0xff);
    // A sender of altered commitments answers for those it drew.
    shown[session.place_of(dealt.shares[member].identifier())].commitments = nonces.commitments();
    const auto own = SigningSession::create(dealt.keys, id, own_messages, shown);
    CHECK(own.has_value());
    const auto shares = sign(*own, dealt.shares[member], std::move(nonces));
    CHECK(shares.has_value());
    Bytes bytes = serialize_shares(session.digest(), *shares);
    if (manners[member] == Manner::kAltersShares) alter(bytes);
    return bytes;
  }

  void alter(Bytes& bytes) { bytes[random.below(bytes.size())] ^= static_cast<Byte>(1 + random.below(255)); }

  // One attempt with the first t members whom nobody has named; names those who failed it.
  std::optional<std::vector<crypto::Signature>> attempt(std::size_t number, std::set<std::size_t>& out);

  SeededRandom random;
  Dealt dealt;
  std::vector<Manner> manners;
  std::vector<Bytes> messages;
  Bytes last;
};

std::optional<std::vector<crypto::Signature>> Run::attempt(std::size_t number, std::set<std::size_t>& out) {
  const Hash id{{static_cast<Byte>(number), 9}};
  std::vector<std::optional<Nonces>> nonces(manners.size());
  std::vector<SignerCommitments> commitments;
  for (std::size_t member = 0; member < manners.size() && commitments.size() < dealt.keys.threshold();
       ++member) {
    if (out.contains(member)) continue;
    const Identifier signer = dealt.shares[member].identifier();
    const std::optional<Bytes> bytes = commitments_of(member, id, nonces);
    if (!bytes) {
      out.insert(member);
      continue;
    }
    auto parsed = parse_commitments(*bytes, id, signer, messages.size(), random);
    if (parsed) {
      commitments.push_back({signer, *std::move(parsed)});
    } else {
      out.insert(member);
    }
  }
  const auto session = SigningSession::create(dealt.keys, id, messages, commitments);
  CHECK(session.has_value());
  std::vector<SignerShares> shares;
  const std::size_t before = out.size();
  for (std::size_t member = 0; member < manners.size(); ++member) {
    const Identifier signer = dealt.shares[member].identifier();
    if (session->place_of(signer) == session->signers().size()) continue;
    const std::optional<Bytes> bytes = shares_of(member, *session, id, *std::move(nonces[member]));
    auto parsed = bytes ? parse_shares(*bytes, session->digest(), signer, messages.size())
                        : base::Result<SignerShares>(base::fail(kBadSigningMessage));
    if (parsed) {
      shares.push_back(*std::move(parsed));
    } else {
      out.insert(member);
    }
  }
  if (out.size() > before) return std::nullopt;
  auto result = aggregate(*session, shares, random);
  CHECK(result.has_value());
  for (const WrongShare& wrong : result->wrong) {
    out.insert(static_cast<std::size_t>(wrong.signer.scalar().bytes()[0]) - 1);
  }
  if (!result->wrong.empty()) return std::nullopt;
  return std::move(result->signatures);
}

void run_once(std::size_t threshold, std::uint16_t members, std::uint64_t seed) {
  SCOPED_TRACE("COMITY_SEED=" + std::to_string(seed) + " at " + std::to_string(threshold) + " of " +
               std::to_string(members));
  Run run(threshold, members, seed);
  std::set<std::size_t> out;
  for (std::size_t number = 0; number <= members - threshold; ++number) {
    const auto signatures = run.attempt(number, out);
    for (const std::size_t member : out)
      ASSERT_NE(run.manners[member], Manner::kHonest) << "member " << member;
    if (!signatures) continue;
    for (std::size_t i = 0; i < run.messages.size(); ++i) {
      ASSERT_TRUE(verify_signature(run.dealt.keys.group().key(), run.messages[i], (*signatures)[i]));
    }
    return;
  }
  FAIL() << "no signatures after every attempt";
}

void run_all(std::size_t threshold, std::uint16_t members, std::uint64_t runs) {
  if (const char* seed = std::getenv("COMITY_SEED"); seed != nullptr) {
    return run_once(threshold, members, std::strtoull(seed, nullptr, 10));
  }
  if (const char* seeds = std::getenv("COMITY_SEEDS"); seeds != nullptr)
    runs = std::strtoull(seeds, nullptr, 10);
  for (std::uint64_t seed = 1; seed <= runs && !testing::Test::HasFatalFailure(); ++seed) {
    run_once(threshold, members, seed);
  }
}

TEST(FrostRuns, ThreeOfFour) {
  run_all(3, 4, 60);
}
TEST(FrostRuns, FiveOfSeven) {
  run_all(5, 7, 30);
}
TEST(FrostRuns, NineOfThirteen) {
  run_all(9, 13, 15);
}

}  // namespace
}  // namespace threshold
