// Lower-case hexadecimal, two digits a byte, first byte first. One text per value: upper case is refused.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace codec {

std::string serialize_hex(base::ByteView bytes);
/// Errors: kBadHex (detail: the odd length, or the offset of the first wrong character).
base::Result<base::Bytes> parse_hex(std::string_view text);
/// The text of exactly `out.size()` bytes, without allocating. On error `out` holds part of the bytes.
/// Errors: kBadHex.
base::Result<void> parse_hex_into(std::string_view text, std::span<base::Byte> out);

inline constexpr base::ErrorKind kBadHex{"bad-hex", base::Category::kInvalid,
                                         "RFC 4648 section 8, lower case"};

}  // namespace codec
