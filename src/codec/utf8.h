// Well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF), one code point at a time.
// Which code points a text may hold is for its format to say.
#pragma once

#include <optional>
#include <string_view>

namespace codec {

/// Takes the first code point off `rest`. nullopt if `rest` is empty or does not begin with a well-formed
/// sequence; `rest` is then unchanged. Cost: no allocation.   Threads: any.   Spec: Unicode 15 table 3-7
std::optional<char32_t> take_code_point(std::string_view& rest);

/// True if the whole text is well-formed.
bool is_utf8(std::string_view text);

}  // namespace codec
