#include "codec/json_text.h"

#include <nlohmann/json.hpp>

#include "codec/utf8.h"

namespace codec {

base::Result<std::string> serialize_json_string(std::string_view text) {
  // The library would throw at other bytes.
  if (!is_utf8(text)) return base::fail(kNotUtf8);
  return nlohmann::json(text).dump();
}

}  // namespace codec
