// Aim: no bytes crash a witness, and none but a log it knows gets a cosignature. Method: parse as a request and as a
// checkpoint of any log, demanding the same text back; then put the bytes to a witness that knows the corpus's log.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "note/witness_request.h"
#include "witness/stage.h"
#include "witness/witness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto request = note::parse_witness_request(text))
    CHECK(note::serialize_witness_request(*request) == text);
  if (const auto checkpoint = note::parse_foreign_checkpoint(text))
    CHECK(text.starts_with(checkpoint->note.text));
  static witness::WitnessStage stage;
  const witness::Answer answer = stage.witness->add_checkpoint(text);
  CHECK(answer.status >= 200 && answer.status < 504 && !answer.body.empty());
  // Without the log's secret no tree but those of the corpus can be cosigned.
  CHECK(stage.witness->logs()[0].size.value() <= 700);
  return 0;
}
