// The value syntaxes that objects and records share: handles, keys, hashes, DS data, legal names. One text
// per value. Each answers yes or no; the parser that asks knows the line and says what it expected. Format:
// docs/formats/records.md, "Values"; docs/formats/objects.md
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/ed25519.h"

namespace resource {

/// 1 to 1,024 octets of printable ASCII without a space at either end.
[[nodiscard]] bool is_plain_value(std::string_view text);
/// 1 to 1,024 octets of well-formed UTF-8 without controls, bidirectional controls, zero-width characters and
/// line separators, and without a space at either end.   Spec: docs/formats/records.md
[[nodiscard]] bool is_legal_name(std::string_view text);
/// `ORG-...`, `MEMBER-...`.
[[nodiscard]] bool is_organisation_handle(std::string_view text);
[[nodiscard]] bool is_member_handle(std::string_view text);
[[nodiscard]] bool is_handle(std::string_view text);
/// `ORG-...` or `UNCLAIMED`.
[[nodiscard]] bool is_holder(std::string_view text);
/// The type byte of signed-note that stands before each public key.
inline constexpr base::Byte kEd25519NoteType = 0x01;
/// Base64 of the type 0x01 and 32 octets. Says nothing about the point (crypto::is_prime_order_key does).
[[nodiscard]] bool is_key(std::string_view text);
[[nodiscard]] bool read_key(std::string_view text, crypto::PublicKey& key);
std::string serialize_key(const crypto::PublicKey& key);
/// Base64 of 32 octets.
[[nodiscard]] bool is_hash(std::string_view text);
[[nodiscard]] bool read_hash(std::string_view text, base::Hash& hash);
/// `KEYTAG ALGORITHM DIGESTTYPE HEX`, upper-case hex; digest types 1, 2 and 4 have their length, others at
/// least 1 octet.
[[nodiscard]] bool is_ds_rdata(std::string_view text);
/// A DS that a holder may set: its digest type is 1, 2 or 4.
[[nodiscard]] bool is_known_digest(std::string_view ds_rdata);

inline constexpr std::string_view kUnclaimed = "UNCLAIMED";

}  // namespace resource
