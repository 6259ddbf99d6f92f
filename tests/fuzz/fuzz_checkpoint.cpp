// Aim: parsers of checkpoints and log proofs never crash; what they accept is canonical, and merging nothing
// keeps it. Method: parse any bytes as each of them; if accepted, serialize again and demand the same text.
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "note/checkpoint.h"
#include "note/tlog_proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto body = note::parse_checkpoint(text)) CHECK(note::serialize_checkpoint(*body) == text);
  if (const auto proof = note::parse_tlog_proof(text)) CHECK(note::serialize_tlog_proof(*proof) == text);
  if (const auto given = note::parse_signed_checkpoint(text)) {
    CHECK(note::serialize_checkpoint(given->checkpoint) == given->note.text);
    // Merging sorts the lines; a second time changes nothing.
    if (const auto once = note::merge_cosignatures(text, {})) {
      CHECK(once->size() == text.size());
      CHECK(*note::merge_cosignatures(*once, {}) == *once);
    }
  }
  return 0;
}
