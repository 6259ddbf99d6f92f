// Aim: parsers of signed notes, signature lines and keys never crash, and what they accept is canonical.
// Method: parse any bytes as each of them; if accepted, serialize again and demand the same text.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/base64.h"
#include "note/key.h"
#include "note/signed_note.h"

namespace {

std::string serialize(const note::NoteView& view) {
  std::string text(view.text);
  text += '\n';
  for (const note::AnySignatureLine& line : view.signatures) {
    const auto bytes = codec::parse_base64(line.base64);
    CHECK(bytes.has_value() && bytes->size() > 4);
    note::append_signature_line(text, line.name, line.key_id, base::ByteView(*bytes).subspan(4));
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto view = note::parse_note(text, {65'536, 256})) CHECK(serialize(*view) == text);
  if (const auto line = note::parse_signature_line(text)) {
    CHECK(note::serialize_signature_line(line->name, line->key_id, line->signature.bytes) ==
          std::string(text) + "\n");
    CHECK(note::parse_any_signature_line(text).has_value());
  }
  if (const auto key = note::parse_verifier_key(text)) CHECK(note::serialize_verifier_key(*key) == text);
  if (const auto signer = note::parse_secret_key(text)) {
    CHECK(base::as_text(note::serialize_secret_key(*signer).view()) == text);
  }
  return 0;
}
