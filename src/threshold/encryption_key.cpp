#include "threshold/encryption_key.h"

#include <algorithm>
#include <string>
#include <utility>

#include "threshold/framing.h"

namespace threshold {
namespace {

using base::Byte;
using base::ByteView;

constexpr std::string_view kTag = "COMITY-ENCRYPTION-KEY";

}  // namespace

EncryptionKey::EncryptionKey(crypto::SecretScalars secret)
    : secret_(std::move(secret)), public_key_(crypto::multiply_generator(secret_[0])) {}

EncryptionKey EncryptionKey::generate(base::Random& random) {
  crypto::SecretScalars secret(1);
  secret[0].set_random(random);
  return EncryptionKey(std::move(secret));
}

base::Result<EncryptionKey> EncryptionKey::parse(ByteView bytes32) {
  crypto::SecretScalars secret(1);
  TRY(secret[0].parse(bytes32));
  if (secret[0].is_zero()) return base::fail(crypto::kBadScalar, "zero");
  return EncryptionKey(std::move(secret));
}

base::Bytes announce(const EncryptionKey& key, ByteView binding) {
  const Proof proof = schnorr_sign(key.secret(), key.public_key(),
                                   {base::as_bytes(kTag), big_endian_64(binding.size()), binding});
  base::Bytes out(key.public_key().bytes().begin(), key.public_key().bytes().end());
  out.insert(out.end(), proof.bytes.begin(), proof.bytes.end());
  return out;
}

base::Result<crypto::Point> parse_announcement(ByteView announcement, ByteView binding) {
  if (announcement.size() != kAnnouncementBytes) {
    return base::fail(kBadAnnouncement, std::to_string(announcement.size()) + " bytes instead of " +
                                            std::to_string(kAnnouncementBytes));
  }
  ASSIGN_OR_RETURN(const crypto::Point key, crypto::Point::parse(announcement.first(crypto::kPointBytes)));
  Proof proof;
  std::ranges::copy(announcement.subspan(crypto::kPointBytes), proof.bytes.begin());
  if (!schnorr_verify(key, {base::as_bytes(kTag), big_endian_64(binding.size()), binding}, proof)) {
    return base::fail(kBadAnnouncement, "the proof that its secret is known does not hold here");
  }
  return key;
}

}  // namespace threshold
