// Aim: no bytes crash a parser of ceremonies' messages and files, what is accepted is written back the same, and nothing
// found among the bytes convicts an honest dealer. Method: the bytes to every parser; a complaint that parses is judged
// against honest dealings, certifications against a true transcript.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "crypto/ed25519.h"
#include "threshold/ceremony_for_test.h"
#include "threshold/secret_files.h"

namespace {

using threshold::Identifier;

struct Stage {
  threshold::SeededRandom random{4};
  std::vector<threshold::EncryptionKey> keys = threshold::keys_for_test(4, random);
  threshold::AttemptForTest attempt = threshold::generate_for_test(base::as_bytes("fuzz"), 3, keys, random);
  threshold::OutcomeForTest outcome = threshold::finish_for_test(attempt, keys);
};

const Stage& stage() {
  static const Stage one = [] {
    CHECK(crypto::start().has_value());
    return Stage();
  }();
  return one;
}

bool same(base::ByteView a, base::ByteView b) {
  return std::ranges::equal(a, b);
}

void try_messages(const Stage& on, base::ByteView bytes) {
  const Identifier first(1);
  for (const std::size_t t : {1U, 3U}) {
    const auto part = threshold::parse_public_part(bytes, t);
    if (!part) continue;
    CHECK(same(threshold::serialize_public_part(*part), bytes));
    // A proof of possession that was not dealt in this session.
    if (*part != on.attempt.parts.at(first)) {
      CHECK(part->commitments == on.attempt.parts.at(first).commitments ||
            !threshold::verify_public_part(on.attempt.session, first, *part));
    }
  }
  if (const auto complaint = threshold::parse_complaint(bytes)) {
    CHECK(same(threshold::serialize_complaint(*complaint), bytes));
    const auto part = on.attempt.parts.find(complaint->dealer);
    if (part != on.attempt.parts.end()) {
      const auto verdict =
          threshold::verify_complaint(on.attempt.session, part->second, Identifier(4), *complaint);
      CHECK(!verdict || verdict->fault == threshold::Verdict::Fault::kComplainer);
    }
  }
  if (const auto certificate = threshold::parse_certificate(bytes, 4)) {
    CHECK(same(threshold::serialize_certificate(*certificate), bytes));
    CHECK(!threshold::verify_certificate(on.outcome.transcript, *certificate) ||
          *certificate == on.outcome.certificate);
  }
  if (const auto key = threshold::parse_announcement(bytes, base::as_bytes("fuzz"))) {
    CHECK(same(key->bytes(), bytes.first(32)));
  }
}

void try_files(std::string_view text) {
  if (const auto stored = threshold::parse_share(text)) {
    const auto again = threshold::serialize_share(stored->ceremony, stored->epoch, stored->commitments,
                                                  stored->keys.shares().size(), stored->share);
    CHECK(base::as_text(again.view()) == text);
  }
  if (const auto stored = threshold::parse_encryption_key(text)) {
    CHECK(base::as_text(threshold::serialize_encryption_key(stored->ceremony, stored->key).view()) == text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView bytes(data, size);
  try_messages(stage(), bytes);
  try_files(base::as_text(bytes));
  return 0;
}
