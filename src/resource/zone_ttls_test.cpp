// Aim: a zone's ttl lines are read as docs/formats/objects.md means them.
// Method: the sample zone, and one with the smallest and the largest numbers that a zone may have.
#include "resource/zone_ttls.h"

#include <string>

#include <gtest/gtest.h>

#include "resource/sample_objects.h"

namespace resource {
namespace {

Object zone_of(const std::string& text) {
  auto zone = Object::parse(text);
  EXPECT_TRUE(zone.has_value());
  return std::move(*zone);
}

TEST(ZoneTtls, AreThoseOfTheLines) {
  const Object zone = zone_of(sample_zone());
  const ZoneTtls ttls = ttls_of(zone);
  EXPECT_EQ(ttls.apex, 518'400U);
  EXPECT_EQ(ttls.delegation, 172'800U);
  EXPECT_EQ(ttls.signed_data, 86'400U);
  EXPECT_EQ(longest_ttl_of(zone), 518'400U);
}

TEST(ZoneTtls, MayBeNothingAndTheLargest) {
  std::string text = sample_zone();
  text.replace(text.find("ttl: apex"), std::string::npos,
               "ttl: apex 0\nttl: delegation 0\nttl: signed 2147483647\n");
  const Object zone = zone_of(text);
  EXPECT_EQ(ttls_of(zone).apex, 0U);
  EXPECT_EQ(ttls_of(zone).signed_data, 2'147'483'647U);
  EXPECT_EQ(longest_ttl_of(zone), 2'147'483'647U);
}

}  // namespace
}  // namespace resource
