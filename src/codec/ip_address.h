// IP addresses as text: IPv4 dotted, IPv6 per RFC 5952 (lower case, longest run of zeros shortened, the first
// of two). One text per address. Format: docs/formats/objects.md
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace codec {

/// Network byte order; an IPv4 address uses the first four octets, the rest are zero.
struct IpAddress {
  enum class Family : std::uint8_t { kIpv4, kIpv6 };
  Family family = Family::kIpv4;
  std::array<base::Byte, 16> octets{};
  base::ByteView view() const { return {octets.data(), family == Family::kIpv4 ? 4U : 16U}; }
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

/// Errors: kBadAddress (no address, or not its canonical text).
/// Spec:   RFC 5952 sections 4 and 5 (mixed notation for ::ffff:0:0/96 only)
base::Result<IpAddress> parse_ip_address(std::string_view text);
std::string serialize_ip_address(const IpAddress& address);
[[nodiscard]] bool is_ip_address(std::string_view text);

inline constexpr base::ErrorKind kBadAddress{"bad-address", base::Category::kInvalid, "RFC 5952 section 4"};

}  // namespace codec
