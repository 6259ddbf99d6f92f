#include "resource/zone_ttls.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/check.h"
#include "codec/decimal.h"

namespace resource {
namespace {

std::uint32_t seconds_of(std::string_view line, std::string_view word) {
  std::uint64_t seconds = 0;
  CHECK(line.starts_with(word) && codec::read_decimal(line.substr(word.size()), seconds));
  CHECK(seconds <= std::numeric_limits<std::uint32_t>::max());
  return static_cast<std::uint32_t>(seconds);
}

}  // namespace

ZoneTtls ttls_of(const Object& zone) {
  const auto lines = zone.values("ttl");
  CHECK(lines.size() == 3);
  return {seconds_of(lines[0], "apex "), seconds_of(lines[1], "delegation "),
          seconds_of(lines[2], "signed ")};
}

std::uint32_t longest_ttl_of(const Object& zone) {
  const ZoneTtls ttls = ttls_of(zone);
  return std::max({ttls.apex, ttls.delegation, ttls.signed_data});
}

}  // namespace resource
