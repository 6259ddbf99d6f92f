#include "note/signed_note.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/utf8.h"

namespace note {
namespace {

constexpr std::string_view kLineStart = "\xE2\x80\x94 ";  // em dash, space
constexpr std::size_t kIdBytes = 4;
constexpr std::size_t kEd25519Bytes = 64;

KeyId read_id(std::span<const base::Byte, kIdBytes> bytes) {
  return (KeyId{bytes[0]} << 24) | (KeyId{bytes[1]} << 16) | (KeyId{bytes[2]} << 8) | bytes[3];
}

// Name and base64 of a line; the base64 is not yet checked.
base::Result<AnySignatureLine> split_line(std::string_view line) {
  if (!line.starts_with(kLineStart))
    return base::fail(kBadSignatureLine, "does not begin with an em dash and a space");
  const std::string_view rest = line.substr(kLineStart.size());
  const auto space = rest.find(' ');
  if (space == std::string_view::npos) return base::fail(kBadSignatureLine, "no space after the name");
  const std::string_view name = rest.substr(0, space);
  if (auto named = check_key_name(name); !named)
    return base::fail(kBadSignatureLine, named.error().message());
  return AnySignatureLine{line, name, 0, rest.substr(space + 1)};
}

// A strict check of the alphabet, in pieces, so that a long foreign signature costs no memory.
base::Result<void> check_base64(std::string_view text) {
  constexpr std::size_t kPieceLetters = 64;
  std::array<base::Byte, kPieceLetters / 4 * 3> piece;
  while (text.size() > kPieceLetters) {
    TRY(codec::parse_base64_into(text.substr(0, kPieceLetters), piece));
    text.remove_prefix(kPieceLetters);
  }
  TRY(codec::parse_base64(text));
  return {};
}

base::Result<void> check_characters(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t offset = text.size() - rest.size();
    const std::optional<char32_t> point = codec::take_code_point(rest);
    if (!point) return base::fail(kBadNote, "not UTF-8 at offset " + std::to_string(offset));
    if (*point < 0x20 && *point != '\n') {
      return base::fail(kBadNote, "control character at offset " + std::to_string(offset));
    }
  }
  return {};
}

base::Result<void> add_line(NoteView& note, std::string_view line, std::size_t signatures_max) {
  const std::string where = "signature " + std::to_string(note.signatures.size() + 1);
  if (note.signatures.size() == signatures_max) return base::fail(kBadNote, where + " is one too many");
  auto parsed = parse_any_signature_line(line);
  if (!parsed) return std::unexpected(parsed.error().at(where));
  for (const AnySignatureLine& earlier : note.signatures) {
    if (earlier.name == parsed->name && earlier.key_id == parsed->key_id) {
      return base::fail(kBadNote, where + " repeats the key of an earlier one");
    }
  }
  note.signatures.push_back(*parsed);
  return {};
}

}  // namespace

base::Result<SignatureLine> parse_signature_line(std::string_view line) {
  ASSIGN_OR_RETURN(const AnySignatureLine parts, split_line(line));
  std::array<base::Byte, kIdBytes + kEd25519Bytes> bytes;
  if (auto decoded = codec::parse_base64_into(parts.base64, bytes); !decoded) {
    return base::fail(kBadSignatureLine, decoded.error().message());
  }
  SignatureLine result{parts.name, read_id(std::span(bytes).first<kIdBytes>()), {}};
  std::ranges::copy(std::span(bytes).subspan<kIdBytes>(), result.signature.bytes.begin());
  return result;
}

void append_signature_line(std::string& text, std::string_view name, KeyId id, base::ByteView signature) {
  CHECK(check_key_name(name).has_value() && !signature.empty());
  base::Bytes bytes;
  bytes.reserve(kIdBytes + signature.size());
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<base::Byte>((id >> shift) & 0xFFU));
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  text.append(kLineStart).append(name).append(" ");
  codec::append_base64(text, bytes);
  text += '\n';
}

std::string serialize_signature_line(std::string_view name, KeyId id, base::ByteView signature) {
  std::string text;
  append_signature_line(text, name, id, signature);
  return text;
}

base::Result<AnySignatureLine> parse_any_signature_line(std::string_view line) {
  ASSIGN_OR_RETURN(AnySignatureLine parts, split_line(line));
  constexpr std::size_t kLettersMin = 8;  // five bytes: the key id and one of signature
  if (parts.base64.size() < kLettersMin || parts.base64.substr(0, kLettersMin).ends_with("==")) {
    return base::fail(kBadSignatureLine, "no signature after the key id");
  }
  if (auto checked = check_base64(parts.base64); !checked) {
    return base::fail(kBadSignatureLine, checked.error().message());
  }
  std::array<base::Byte, kIdBytes + 2> head{};
  const std::string_view id_letters = parts.base64.substr(0, kLettersMin);
  const std::size_t head_bytes = id_letters.ends_with('=') ? head.size() - 1 : head.size();
  CHECK(codec::parse_base64_into(id_letters, std::span(head).first(head_bytes)).has_value());
  parts.key_id = read_id(std::span(head).first<kIdBytes>());
  return parts;
}

base::Result<void> signature_bytes(const AnySignatureLine& line, std::span<base::Byte> out) {
  auto bytes = codec::parse_base64(line.base64);
  CHECK(bytes.has_value());  // checked when the line was parsed
  if (bytes->size() != kIdBytes + out.size()) {
    return base::fail(kBadSignatureLine, std::to_string(bytes->size() - kIdBytes) +
                                             " bytes of signature, not " + std::to_string(out.size()));
  }
  std::copy_n(bytes->begin() + kIdBytes, out.size(), out.begin());
  return {};
}

base::Result<NoteView> parse_note(std::string_view note, const NoteLimits& limits) {
  if (note.size() > limits.bytes_max) return base::fail(kBadNote, std::to_string(note.size()) + " bytes");
  TRY(check_characters(note));
  const auto gap = note.rfind("\n\n");
  if (gap == std::string_view::npos) return base::fail(kBadNote, "no empty line before the signatures");
  NoteView view{note.substr(0, gap + 1), {}};
  std::string_view rest = note.substr(gap + 2);
  if (rest.empty()) return base::fail(kBadNote, "no signature");
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return base::fail(kBadNote, "last line does not end with a line feed");
    TRY(add_line(view, rest.substr(0, end), limits.signatures_max));
    rest.remove_prefix(end + 1);
  }
  return view;
}

std::string sign_text(std::string_view text, const Signer& signer) {
  CHECK(signer.type() == KeyType::kEd25519);
  const crypto::Signature signature = signer.secret().sign(base::as_bytes(text));
  return serialize_signature_line(signer.name(), signer.id(), signature.bytes);
}

const AnySignatureLine* find_signature(const NoteView& note, const VerifierKey& key) {
  const KeyId id = key.id();
  for (const AnySignatureLine& line : note.signatures) {
    if (line.key_id == id && line.name == key.name) return &line;
  }
  return nullptr;
}

base::Result<void> verify_note(const NoteView& note, const VerifierKey& key) {
  if (key.type != KeyType::kEd25519)
    return base::fail(kUnknownKeyType, key.name + " does not sign note texts");
  const AnySignatureLine* const line = find_signature(note, key);
  if (line == nullptr) return base::fail(kNoSignature, key.name);
  crypto::Signature signature;
  TRY(signature_bytes(*line, signature.bytes));
  if (!crypto::verify_signature(key.key, base::as_bytes(note.text), signature)) {
    return base::fail(kBadSignature, key.name);
  }
  return {};
}

}  // namespace note
