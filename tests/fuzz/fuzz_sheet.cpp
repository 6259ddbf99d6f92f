// Aim: no bytes crash the reader of sheets, of drafted and signed geneses, or of the file `registry`; what they
// accept has one text. Method: parse as each of them; serialize again and demand the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "apps/founding.h"
#include "apps/registry_folder.h"
#include "base/check.h"
#include "record/member_sheet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto sheet = record::MemberSheet::parse(std::string(text))) {
    CHECK(sheet->text() == text);
    CHECK(sheet->keys().size() >= 4);
    CHECK(text.contains(sheet->paragraphs()));
  }
  if (const auto copy = apps::read_partly_signed("input", text)) {
    const auto sealed = apps::seal_genesis({&*copy, 1});
    if (sealed) CHECK(apps::read_partly_signed("sealed", *sealed)->body == copy->body);
    if (sealed) CHECK(apps::check_genesis_body(copy->body).has_value());
  }
  if (const auto settings = apps::parse_settings(text)) CHECK(apps::serialize_settings(*settings) == text);
  return 0;
}
