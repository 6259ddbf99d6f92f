#include "note/key.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/utf8.h"
#include "crypto/key_id.h"
#include "crypto/wipe.h"

namespace note {
namespace {

constexpr std::string_view kSecretPrefix = "PRIVATE+KEY+";
constexpr std::size_t kIdDigits = 8;
constexpr std::size_t kKeyBytes = 33;  // type, then key or seed
constexpr std::size_t kKeyLetters = 44;

// The characters that Unicode calls White_Space, outside the control characters.
bool is_space(char32_t point) {
  return point == 0x20 || point == 0x85 || point == 0xA0 || point == 0x1680 ||
         (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 || point == 0x202F ||
         point == 0x205F || point == 0x3000;
}

// C0, DEL and C1: a terminal obeys U+009B as it obeys ESC [, and names are printed.
bool is_control(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F);
}

bool is_plain(char c) {
  return c > 0x20 && c < 0x7F && c != '+';
}

void append_id(std::string& text, KeyId id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[(id >> shift) & 15U];
}

std::optional<KeyId> parse_id(std::string_view digits) {
  KeyId id = 0;
  for (const char c : digits) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && !(c >= 'a' && c <= 'f')) return std::nullopt;
    id = (id << 4) | static_cast<KeyId>(is_digit ? c - '0' : c - 'a' + 10);
  }
  return id;
}

// "name+id+base64" in its three parts. Neither name nor id holds a plus; base64 may.
struct KeyText {
  std::string_view name;
  KeyId id;
  std::string_view base64;
};

base::Result<KeyText> split_key_text(std::string_view text) {
  const auto plus = text.find('+');
  if (plus == std::string_view::npos) return base::fail(kBadKey, "no '+' after the name");
  const std::string_view name = text.substr(0, plus);
  TRY(check_key_name(name));
  const std::string_view rest = text.substr(plus + 1);
  if (rest.size() != kIdDigits + 1 + kKeyLetters || rest[kIdDigits] != '+') {
    return base::fail(kBadKey, "after the name: 8 digits, '+', 44 characters of base64 expected");
  }
  const std::optional<KeyId> id = parse_id(rest.substr(0, kIdDigits));
  if (!id) return base::fail(kBadKey, "key id is not lower-case hexadecimal");
  return KeyText{name, *id, rest.substr(kIdDigits + 1)};
}

base::Result<KeyType> parse_type(base::Byte type) {
  if (type == static_cast<base::Byte>(KeyType::kEd25519)) return KeyType::kEd25519;
  if (type == static_cast<base::Byte>(KeyType::kCosignature)) return KeyType::kCosignature;
  return base::fail(kUnknownKeyType, "type " + std::to_string(type));
}

std::string serialize_key_text(const VerifierKey& key, base::ByteView key_bytes) {
  std::string text;
  // Reserved in full first: a string that grows leaves copies of a secret behind.
  text.reserve(key.name.size() + 2 + kIdDigits + kKeyLetters);
  text.append(key.name).append("+");
  append_id(text, key.id());
  text += '+';
  codec::append_base64(text, key_bytes);
  return text;
}

}  // namespace

KeyId key_id(std::string_view name, KeyType type, const crypto::PublicKey& key) {
  return crypto::key_id(name, static_cast<base::Byte>(type), key);
}

base::Result<void> check_key_name(std::string_view name) {
  if (name.empty()) return base::fail(kBadKeyName, "empty");
  if (name.size() > kKeyNameBytesMax) return base::fail(kBadKeyName, std::to_string(name.size()) + " bytes");
  if (std::ranges::all_of(name, is_plain)) return {};
  std::string_view rest = name;
  while (!rest.empty()) {
    const std::size_t offset = name.size() - rest.size();
    const std::optional<char32_t> point = codec::take_code_point(rest);
    if (!point || is_control(*point) || *point == '+' || is_space(*point)) {
      return base::fail(kBadKeyName, "offset " + std::to_string(offset));
    }
  }
  return {};
}

base::Result<VerifierKey> parse_verifier_key(std::string_view text) {
  ASSIGN_OR_RETURN(const KeyText parts, split_key_text(text));
  std::array<base::Byte, kKeyBytes> bytes;
  TRY(codec::parse_base64_into(parts.base64, bytes));
  VerifierKey key;
  key.name = parts.name;
  ASSIGN_OR_RETURN(key.type, parse_type(bytes[0]));
  std::copy_n(bytes.begin() + 1, key.key.bytes.size(), key.key.bytes.begin());
  if (key.id() != parts.id) return base::fail(kBadKey, "key id does not fit name and key");
  if (!crypto::is_prime_order_key(key.key)) return base::fail(kBadKey, "not a point of prime order");
  return key;
}

std::string serialize_verifier_key(const VerifierKey& key) {
  std::array<base::Byte, kKeyBytes> bytes;
  bytes[0] = static_cast<base::Byte>(key.type);
  std::ranges::copy(key.key.bytes, bytes.begin() + 1);
  return serialize_key_text(key, bytes);
}

Signer::Signer(std::string name, KeyType type, crypto::SecretKey key)
    : public_{std::move(name), type, key.public_key()}, id_(public_.id()), secret_(std::move(key)) {
  CHECK(check_key_name(public_.name).has_value());
}

Signer Signer::generate(std::string name, KeyType type, base::Random& random) {
  return {std::move(name), type, crypto::SecretKey::generate(random)};
}

base::Result<Signer> parse_secret_key(std::string_view file) {
  if (!file.starts_with(kSecretPrefix)) return base::fail(kBadKey, "does not begin with PRIVATE+KEY+");
  if (!file.ends_with('\n')) return base::fail(kBadKey, "does not end with a line feed");
  file.remove_suffix(1);
  ASSIGN_OR_RETURN(const KeyText parts, split_key_text(file.substr(kSecretPrefix.size())));
  base::SecretBytes secret(kKeyBytes);
  if (!codec::parse_base64_into(parts.base64, secret.writable())) {
    return base::fail(kBadKey, "not base64 of 33 bytes");
  }
  ASSIGN_OR_RETURN(const KeyType type, parse_type(secret.view()[0]));
  Signer signer(std::string(parts.name), type, crypto::SecretKey::from_seed(secret.view().subspan(1)));
  if (signer.id() != parts.id) return base::fail(kBadKey, "key id does not fit name and key");
  return signer;
}

base::SecretBytes serialize_secret_key(const Signer& signer) {
  base::SecretBytes secret(kKeyBytes);
  secret.writable()[0] = static_cast<base::Byte>(signer.type());
  signer.secret().export_seed(secret.writable().subspan(1));
  std::string text = serialize_key_text(signer.verifier_key(), secret.view());
  base::SecretBytes file(kSecretPrefix.size() + text.size() + 1);
  auto end = std::ranges::copy(kSecretPrefix, file.writable().begin()).out;
  end = std::ranges::copy(text, end).out;
  *end = '\n';
  crypto::wipe({reinterpret_cast<base::Byte*>(text.data()), text.size()});
  return file;
}

}  // namespace note
