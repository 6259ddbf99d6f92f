// Aim: strict base64 never crashes, and what it accepts is canonical.
// Method: parse any bytes; if accepted, serialize again and demand the same text.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "codec/base64.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = codec::parse_base64(text)) CHECK(codec::serialize_base64(*bytes) == text);
  if (const auto hash = codec::parse_base64_hash(text)) CHECK(codec::parse_base64(text).has_value());
  return 0;
}
