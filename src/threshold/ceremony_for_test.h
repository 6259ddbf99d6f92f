// For tests and benchmarks only: all participants of a ceremony in one place, with random numbers that a seed repeats.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "crypto/hash.h"
#include "crypto/sha512.h"
#include "threshold/framing.h"
#include "threshold/key_generation.h"
#include "threshold/resharing.h"

namespace threshold {

/// SHA-512 of seed and counter, block by block.
class SeededRandom final : public base::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : seed_(seed) {}
  void fill(std::span<base::Byte> out) override {
    for (base::Byte& byte : out) {
      if (used_ == block_.bytes.size()) {
        block_ = crypto::sha512({little_endian_64(seed_), little_endian_64(counter_++)});
        used_ = 0;
      }
      byte = block_.bytes[used_++];
    }
  }
  /// Below `bound`.
  std::uint64_t below(std::uint64_t bound) {
    std::array<base::Byte, 8> bytes;
    fill(bytes);
    std::uint64_t value = 0;
    for (const base::Byte byte : bytes) value = value << 8U | byte;
    return value % bound;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
  crypto::Hash512 block_;
  std::size_t used_ = 64;
};

inline Identifier identifier_for_test(std::size_t number) {
  return Identifier(static_cast<std::uint16_t>(number));
}

/// Participants' keys in the order of their identifiers.
inline std::vector<EncryptionKey> keys_for_test(std::size_t count, base::Random& random) {
  std::vector<EncryptionKey> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back(EncryptionKey::generate(random));
  std::ranges::sort(keys, {}, &EncryptionKey::public_key);
  return keys;
}

inline std::vector<crypto::Point> public_keys_for_test(const std::vector<EncryptionKey>& keys) {
  std::vector<crypto::Point> points;
  for (const EncryptionKey& key : keys) points.push_back(key.public_key());
  return points;
}

/// One attempt: its session and what was dealt. Tests alter the parts before they go on.
struct AttemptForTest {
  Session session;
  std::map<Identifier, PublicPart> parts;
  std::map<Identifier, base::Bytes> private_parts;

  void add(const Identifier& dealer, Dealing dealing) {
    parts.insert_or_assign(dealer, std::move(dealing.public_part));
    private_parts.insert_or_assign(dealer, std::move(dealing.private_part));
  }
};

struct OutcomeForTest {
  Transcript transcript;
  std::vector<KeyShare> shares;
  Certificate certificate;
};

inline AttemptForTest generate_for_test(base::ByteView id, std::size_t threshold,
                                        const std::vector<EncryptionKey>& keys, base::Random& random) {
  AttemptForTest attempt{Session::generation(id, threshold, public_keys_for_test(keys)).value(), {}, {}};
  for (const EncryptionKey& key : keys) {
    attempt.add(attempt.session.dealer(key.public_key())->identifier,
                deal(attempt.session, key, random).value());
  }
  return attempt;
}

/// `holders` deal, in a session in which all of them may.
inline AttemptForTest reshare_for_test(
    base::ByteView id, const GroupKeys& old,
    const std::vector<std::pair<const KeyShare*, const EncryptionKey*>>& holders, std::size_t threshold,
    const std::vector<EncryptionKey>& keys, base::Random& random) {
  std::vector<Holder> list;
  for (const auto& [share, key] : holders) list.push_back({share->identifier(), key->public_key()});
  AttemptForTest attempt{
      Session::resharing(id, old, list, threshold, public_keys_for_test(keys)).value(), {}, {}};
  for (const auto& [share, key] : holders) {
    attempt.add(share->identifier(), reshare(attempt.session, *key, *share, random).value());
  }
  return attempt;
}

/// As if `dealer` had sealed `plain` for the holder of `key`, and published the hash of that.
inline void seal_for_test(AttemptForTest& attempt, const Identifier& dealer, const EncryptionKey& key,
                          base::ByteView plain) {
  const Session& session = attempt.session;
  PublicPart& part = attempt.parts.at(dealer);
  base::Bytes& private_part = attempt.private_parts.at(dealer);
  const Session::Dealer& known = *session.dealer(dealer);
  const Agreement agreement = agree_as_recipient(key, part.ephemeral_key, known.encryption_key);
  const base::Bytes sealed =
      seal_share(session, known, part.ephemeral_key, key.public_key(), agreement, plain);
  CHECK(sealed.size() == kSealedShareBytes);
  const std::size_t place = std::size_t{number_of(*session.recipient(key.public_key()))} - 1;
  std::ranges::copy(sealed, private_part.begin() + static_cast<std::ptrdiff_t>(place * kFrameBytes + 8));
  part.private_part = crypto::sha256(private_part);
}

/// Everybody receives and certifies; whatever goes wrong is a failed CHECK.
inline OutcomeForTest finish_for_test(const AttemptForTest& attempt, const std::vector<EncryptionKey>& keys) {
  OutcomeForTest outcome{Transcript::create(attempt.session, attempt.parts).value(), {}, {}};
  for (const EncryptionKey& key : keys) {
    Reception reception = receive(outcome.transcript, key, attempt.private_parts).value();
    CHECK(reception.share.has_value());
    outcome.certificate.push_back(certify(outcome.transcript, key, *reception.share));
    outcome.shares.push_back(std::move(*reception.share));
  }
  CHECK(verify_certificate(outcome.transcript, outcome.certificate).has_value());
  return outcome;
}

}  // namespace threshold
