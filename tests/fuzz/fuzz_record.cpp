// Aim: no bytes crash the record and draft parsers; a record has one text, a draft one body.
// Method: parse; if accepted, rebuild the leaf from the parsed parts alone and demand the same bytes. A
// draft's body must be its own draft.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "record/builder.h"
#include "record/draft.h"
#include "record/record.h"
#include "record/sample_records.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto record = record::Record::parse(text)) {
    CHECK(record->leaf() == text);
    CHECK(record::reserialize(*record) == text);
    CHECK(record::check_body(record->body()).has_value());
    CHECK(record::record_id(record->body()) == record->id());
    CHECK(record::canonical_body(record->body()).value() == record->body());
    CHECK((record->kind() == record::Kind::kBlock) == record->block().has_value());
  }
  if (const auto body = record::parse_draft(text)) CHECK(record::parse_draft(*body).value() == *body);
  return 0;
}
