// Aim: the file `registry` has one text for each kind of folder, and nothing that is half of two kinds is read.
// Method: a table of settings there and back, and a table of spoiled texts.
#include <gtest/gtest.h>

#include "apps/registry_folder.h"

namespace apps {
namespace {

constexpr std::string_view kDemo =
    "comity/1 registry registry.example/root\nclock: virtual\nsequencer: MEMBER-A\n";

TEST(FolderSettings, EachKindHasOneText) {
  struct Case {
    std::string_view added;
    bool shared, hub, mirror;
    std::string_view own_folder;
  };
  const Case cases[] = {
      {"", true, false, false, "x/members/MEMBER-A"},
      {"self: MEMBER-A\n", false, true, false, "x/members/MEMBER-A"},
      {"self: MEMBER-B\nhub: https://hub.example:8480/base\n", false, false, false, "x/members/MEMBER-B"},
      {"hub: http://[::1]:8480\n", false, false, true, "x/members/mirror"},
  };
  for (const Case& one : cases) {
    const std::string text = std::string(kDemo) + std::string(one.added);
    const auto settings = parse_settings(text);
    ASSERT_TRUE(settings) << settings.error().message();
    EXPECT_EQ(serialize_settings(*settings), text);
    EXPECT_EQ(settings->is_shared(), one.shared);
    EXPECT_EQ(settings->is_hub(), one.hub);
    EXPECT_EQ(settings->is_mirror(), one.mirror);
    EXPECT_EQ((RegistryFolder{FolderLayout{"x"}, *settings}.own_folder()), one.own_folder);
  }
}

TEST(FolderSettings, RefusesHalves) {
  for (const std::string_view added :
       {"self: MEMBER-B\n", "self: MEMBER-A\nhub: http://x\n", "hub: http://x\nself: MEMBER-B\n",
        "self: ORG-B\nhub: http://x\n", "hub: ftp://x\n", "hub: http://x/\n", "hub: http://\n",
        "hub: http:// x\n", "hub: \n", "self: \n", "other: x\n", "self: MEMBER-B\nhub: http://x", "\n"}) {
    EXPECT_FALSE(parse_settings(std::string(kDemo) + std::string(added))) << added;
  }
}

}  // namespace
}  // namespace apps
