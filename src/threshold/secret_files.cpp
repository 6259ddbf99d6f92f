#include "threshold/secret_files.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "crypto/hash.h"
#include "crypto/wipe.h"

namespace threshold {
namespace {

using base::Byte;
using base::ByteView;
using crypto::Point;

constexpr std::string_view kShareHead = "comity/1 key-share\n";
constexpr std::string_view kKeyHead = "comity/1 encryption-key\n";
constexpr std::size_t kCeremonyBytesMax = 200;

bool is_ceremony(std::string_view text) {
  return !text.empty() && text.size() <= kCeremonyBytesMax &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// Lines `name: value` taken from the front, each of them once and in order.
class Lines {
 public:
  static base::Result<Lines> begin(std::string_view file, std::string_view head) {
    if (file.size() > kSecretFileBytesMax) return base::fail(kBadSecretFile, "too long");
    if (!file.starts_with(head)) return base::fail(kBadSecretFile, "another first line");
    return Lines(file, file.substr(head.size()));
  }
  bool next_is(std::string_view name) const {
    return rest_.starts_with(name) && rest_.substr(name.size()).starts_with(": ");
  }
  base::Result<std::string_view> take(std::string_view name) {
    const std::size_t end = rest_.find('\n');
    if (!next_is(name) || end == std::string_view::npos) {
      return base::fail(kBadSecretFile, "no line '" + std::string(name) + "' where it belongs");
    }
    const std::string_view value = rest_.substr(name.size() + 2, end - name.size() - 2);
    rest_.remove_prefix(end + 1);
    return value;
  }
  base::Result<std::string> take_ceremony() {
    ASSIGN_OR_RETURN(const std::string_view value, take("ceremony"));
    if (!is_ceremony(value)) return base::fail(kBadSecretFile, "ceremony");
    return std::string(value);
  }
  base::Result<std::uint64_t> take_number(std::string_view name, std::uint64_t largest) {
    ASSIGN_OR_RETURN(const std::string_view value, take(name));
    const auto number = codec::parse_decimal(value, largest);
    if (!number) return base::fail(kBadSecretFile, std::string(name));
    return *number;
  }
  base::Result<void> take_bytes(std::string_view name, std::span<Byte> out) {
    ASSIGN_OR_RETURN(const std::string_view value, take(name));
    if (!codec::parse_base64_into(value, out)) return base::fail(kBadSecretFile, std::string(name));
    return {};
  }
  base::Result<Point> take_point(std::string_view name) {
    std::array<Byte, crypto::kPointBytes> bytes;
    TRY(take_bytes(name, bytes));
    return Point::parse(bytes);
  }
  /// The last two lines: a hash of all before, and the number, which must not be zero.
  base::Result<crypto::SecretScalars> take_secret() {
    const base::Hash want = crypto::sha256(base::as_bytes(all_.substr(0, all_.size() - rest_.size())));
    base::Hash check;
    TRY(take_bytes("check", check.bytes));
    if (check != want) return base::fail(kBadSecretFile, "the lines above are not those that were written");
    base::SecretBytes bytes(crypto::kScalarBytes);
    TRY(take_bytes("secret", bytes.writable()));
    crypto::SecretScalars secret(1);
    if (!secret[0].parse(bytes.view()) || secret[0].is_zero()) return base::fail(kBadSecretFile, "secret");
    if (!rest_.empty()) return base::fail(kBadSecretFile, "more after the secret");
    return secret;
  }

 private:
  Lines(std::string_view all, std::string_view rest) : all_(all), rest_(rest) {}
  std::string_view all_;
  std::string_view rest_;
};

std::string line(std::string_view name, std::string_view value) {
  return std::string(name) + ": " + std::string(value) + "\n";
}

// The public lines, their hash, and then the secret one, without a copy of it that nobody wipes.
base::SecretBytes with_secret(std::string lines, const crypto::SecretScalar& secret) {
  lines += line("check", codec::serialize_base64(crypto::sha256(base::as_bytes(lines)).view()));
  std::string text = codec::serialize_base64(secret.secret_bytes());
  constexpr std::string_view kName = "secret: ";
  base::SecretBytes file(lines.size() + kName.size() + text.size() + 1);
  auto end = std::ranges::copy(lines, file.writable().begin()).out;
  end = std::ranges::copy(kName, end).out;
  end = std::ranges::copy(text, end).out;
  *end = '\n';
  crypto::wipe({reinterpret_cast<Byte*>(text.data()), text.size()});
  return file;
}

}  // namespace

base::SecretBytes serialize_share(std::string_view ceremony, base::Epoch epoch,
                                  const VssCommitment& commitments, std::size_t members,
                                  const KeyShare& share) {
  CHECK(is_ceremony(ceremony));
  CHECK(evaluate(commitments, share.identifier()) == share.verification_share());
  std::string lines(kShareHead);
  lines += line("ceremony", ceremony);
  lines += line("epoch", codec::serialize_decimal(epoch.value()));
  lines += line("identifier", codec::serialize_decimal(number_of(share.identifier())));
  lines += line("members", codec::serialize_decimal(members));
  for (const Point& point : commitments) lines += line("commitment", codec::serialize_base64(point.bytes()));
  return with_secret(std::move(lines), share.secret());
}

base::Result<StoredShare> parse_share(std::string_view file) {
  ASSIGN_OR_RETURN(Lines lines, Lines::begin(file, kShareHead));
  ASSIGN_OR_RETURN(std::string ceremony, lines.take_ceremony());
  ASSIGN_OR_RETURN(const std::uint64_t epoch, lines.take_number("epoch", UINT64_MAX));
  ASSIGN_OR_RETURN(const std::uint64_t number, lines.take_number("identifier", base::kMembersMax));
  ASSIGN_OR_RETURN(const std::uint64_t members, lines.take_number("members", base::kMembersMax));
  if (number == 0 || number > members) return base::fail(kBadSecretFile, "identifier");
  VssCommitment commitments;
  while (lines.next_is("commitment") && commitments.size() < members) {
    ASSIGN_OR_RETURN(const Point point, lines.take_point("commitment"));
    commitments.push_back(point);
  }
  ASSIGN_OR_RETURN(crypto::SecretScalars secret, lines.take_secret());
  ASSIGN_OR_RETURN(GroupKeys keys, group_keys(commitments, members));
  KeyShare share(Identifier(static_cast<std::uint16_t>(number)), std::move(secret));
  if (keys.shares().at(share.identifier()).point() != share.verification_share()) {
    return base::fail(kBadSecretFile, "the secret is not the share that the commitments have");
  }
  return StoredShare{std::move(ceremony), base::Epoch(epoch), std::move(commitments), std::move(keys),
                     std::move(share)};
}

base::SecretBytes serialize_encryption_key(std::string_view ceremony, const EncryptionKey& key) {
  CHECK(is_ceremony(ceremony));
  std::string lines(kKeyHead);
  lines += line("ceremony", ceremony);
  lines += line("public", codec::serialize_base64(key.public_key().bytes()));
  return with_secret(std::move(lines), key.secret());
}

base::Result<StoredEncryptionKey> parse_encryption_key(std::string_view file) {
  ASSIGN_OR_RETURN(Lines lines, Lines::begin(file, kKeyHead));
  ASSIGN_OR_RETURN(std::string ceremony, lines.take_ceremony());
  ASSIGN_OR_RETURN(const Point public_key, lines.take_point("public"));
  ASSIGN_OR_RETURN(const crypto::SecretScalars secret, lines.take_secret());
  ASSIGN_OR_RETURN(EncryptionKey key, EncryptionKey::parse(secret[0].secret_bytes()));
  if (key.public_key() != public_key) {
    return base::fail(kBadSecretFile, "the secret is not the public key's");
  }
  return StoredEncryptionKey{std::move(ceremony), std::move(key)};
}

}  // namespace threshold
