// Domain names as objects carry them: lower case, absolute, with a trailing dot. Only text questions live
// here (form, kinship, order); which names may be registered is resource/ and charter/. Format:
// docs/formats/objects.md, "Names"
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace codec {

inline constexpr base::ErrorKind kBadDnsName{"bad-dns-name", base::Category::kInvalid,
                                             "docs/formats/objects.md"};

/// Is `text` a name in canonical form? Labels of 1-63 octets of [a-z0-9_-], 255 octets on the wire; the root
/// is ".".
bool is_dns_name(std::string_view text);

/// The text of an uncompressed wire name, letters lowered.
/// Errors: kBadDnsName (truncated, too long, or a character outside the alphabet; detail: which).
/// Spec:   RFC 1035 section 3.1
base::Result<std::string> dns_name_from_wire(base::ByteView wire);

/// "a.b." -> "b."; "b." -> ".". `name` must be a canonical name other than the root. A view into `name` or a
/// constant.
std::string_view parent_of(std::string_view name);

/// Both canonical. Every name is at or below itself, and below the root.
bool is_at_or_below(std::string_view name, std::string_view ancestor);

/// The same without the name itself.
bool is_below(std::string_view name, std::string_view ancestor);

/// A string that compares bytewise as the name compares in canonical DNS order: labels from the root down,
/// each ended by a zero octet, which is below every octet of the alphabet. Spec: RFC 4034 section 6.1
std::string dns_order_key(std::string_view name);

}  // namespace codec
