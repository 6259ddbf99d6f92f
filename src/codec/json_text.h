// One text as a JSON string, quotes included. Objects and arrays belong to whoever has them (api, apps).
// Format: RFC 8259 section 7
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace codec {

/// Errors: kNotUtf8.
base::Result<std::string> serialize_json_string(std::string_view text);

inline constexpr base::ErrorKind kNotUtf8{"not-utf8", base::Category::kInvalid, "RFC 8259 section 8.1"};

}  // namespace codec
