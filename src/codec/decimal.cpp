#include "codec/decimal.h"

#include <limits>

namespace codec {

bool read_decimal(std::string_view text, std::uint64_t& value) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  if (text.empty() || text.size() > 20 || (text.size() > 1 && text.front() == '0')) return false;
  std::uint64_t sum = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (sum > (kMax - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  value = sum;
  return true;
}

base::Result<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  if (!read_decimal(text, value)) {
    return base::fail(kBadDecimal, "a number without leading zeros, below 2^64, is expected");
  }
  return value;
}

base::Result<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t largest) {
  ASSIGN_OR_RETURN(const std::uint64_t value, parse_decimal(text));
  if (value > largest) return base::fail(kBadDecimal, "more than " + std::to_string(largest));
  return value;
}

std::string serialize_decimal(std::uint64_t value) {
  return std::to_string(value);
}

}  // namespace codec
