// Strict base64 of RFC 4648 section 4: padded, no white space, unused bits zero. One text per value.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace codec {

std::string serialize_base64(base::ByteView bytes);
/// Errors: kBadBase64 (detail: offset of the first wrong character).
base::Result<base::Bytes> parse_base64(std::string_view text);
/// The same for exactly 32 bytes, 44 characters.
base::Result<base::Hash> parse_base64_hash(std::string_view text);

/// Appends the text of `bytes` to `text`.
void append_base64(std::string& text, base::ByteView bytes);
/// The text of exactly `out.size()` bytes, without allocating. On error `out` holds part of the bytes.
/// Errors: kBadBase64.
base::Result<void> parse_base64_into(std::string_view text, std::span<base::Byte> out);

/// For file names and URLs: `-` and `_` for `+` and `/`, no padding. Never in anything hashed or signed.
/// Spec: RFC 4648 section 5
std::string serialize_base64url(base::ByteView bytes);

inline constexpr base::ErrorKind kBadBase64{"bad-base64", base::Category::kInvalid, "RFC 4648 section 4"};

}  // namespace codec
