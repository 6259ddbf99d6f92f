// Aim: a configuration either says exactly what it means or is refused with the line; what is printed is taken
// back. Method: every key once, each kind of mistake once, and the defaults through their own text.
#include "apps/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apps {
namespace {

std::string refusal(std::string_view text) {
  const auto config = parse_config(text, "comity.toml");
  return config ? "accepted" : config.error().message();
}

TEST(Config, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refusal("\n\nlisten-on = ['127.0.0.1:1']\n"),
              testing::AllOf(testing::HasSubstr("line 3"), testing::HasSubstr("unknown key \"listen-on\"")));
  EXPECT_THAT(refusal("[hubs]\nblock-every = '1m'\n"), testing::HasSubstr("unknown table [hubs]"));
  EXPECT_THAT(refusal("[hub]\nblock_every = '1m'\n"), testing::HasSubstr("unknown key \"block_every\""));
  EXPECT_THAT(refusal("[hub.more]\nx = 1\n"), testing::HasSubstr("unknown key \"more\""));
}

TEST(Config, RefusesWrongTypesAndValuesOutOfBounds) {
  EXPECT_THAT(refusal("threads = '2'\n"), testing::HasSubstr("threads: expected a whole number"));
  EXPECT_THAT(refusal("threads = -1\n"), testing::HasSubstr("not from 0 to 256"));
  EXPECT_THAT(refusal("threads = 1.0\n"), testing::HasSubstr("expected a whole number"));
  EXPECT_THAT(refusal("listen = []\n"), testing::HasSubstr("list of 1 to 16"));
  EXPECT_THAT(refusal("listen = [1]\n"), testing::HasSubstr("list of texts"));
  EXPECT_THAT(refusal("listen = '127.0.0.1:1'\n"), testing::HasSubstr("list of 1 to 16"));
  EXPECT_THAT(refusal("contact = 1\n"), testing::HasSubstr("a text in quotes"));
  EXPECT_THAT(refusal("[hub]\nblock-every = 60\n"),
              testing::HasSubstr("hub.block-every: expected a duration"));
  EXPECT_THAT(refusal("[hub]\nblock-every = '60s'\n"), testing::HasSubstr("shortest form"));
  // The charter's promise of a block in ten minutes is no matter of taste.
  EXPECT_THAT(refusal("[hub]\nblock-every = '11m'\n"), testing::HasSubstr("not from 1 to 600 seconds"));
  EXPECT_THAT(refusal("[follow]\npoll-wait = '1m'\n"), testing::HasSubstr("not from 1 to 55 seconds"));
}

TEST(Config, RefusesAddressesThatAreNone) {
  for (const char* address : {"127.0.0.1", "8480", "hub.example:8480", "127.0.0.1:99999", "[127.0.0.1]:1",
                              "::1:80", "127.0.0.1:", ""}) {
    EXPECT_THAT(
        refusal("threads = 1\nlisten = ['" + std::string(address) + "']\n"),
        testing::AllOf(testing::HasSubstr("line 2: listen: "), testing::HasSubstr("want 127.0.0.1:8480")))
        << address;
  }
  EXPECT_THAT(refusal("listen = ['127.0.0.1:1', '127.0.0.1:1']\n"),
              testing::HasSubstr("listen: 127.0.0.1:1 comes twice"));
  EXPECT_EQ(refusal("listen = ['127.0.0.1:0', '127.0.0.1:0', '[::1]:1', '0.0.0.0:1']\n"), "accepted");
  EXPECT_THAT(refusal("[rounds]\nmailboxes = ['ftp://mail.example']\n"),
              testing::HasSubstr("line 2: rounds.mailboxes: ftp://mail.example: want http"));
  EXPECT_THAT(refusal("[rounds]\nmailboxes = ['http://a.example', 'http://a.example']\n"),
              testing::HasSubstr("comes twice"));
}

TEST(Config, RefusesContactsThatSecurityTxtCannotHold) {
  for (const char* contact : {"tel:+1-201-555-0123", "security@a.example", "http://a.example", "mailto:a b",
                              "https://a.example\\nPolicy: https://b.example", "mailto:\u00e4"}) {
    EXPECT_THAT(refusal("contact = \"" + std::string(contact) + "\"\n"),
                testing::HasSubstr("line 1: contact: "))
        << contact;
  }
  for (const char* contact : {"", "mailto:security@a.example", "https://a.example/report"})
    EXPECT_EQ(refusal("contact = \"" + std::string(contact) + "\"\n"), "accepted") << contact;
}

TEST(Config, RefusesBrokenTextWithItsLine) {
  EXPECT_THAT(refusal("threads = 1\nthreads = 2\n"), testing::HasSubstr("line 2"));
  EXPECT_THAT(refusal("threads = \n"), testing::HasSubstr("bad-config: comity.toml: line 1"));
  EXPECT_THAT(refusal("[tls]\ncertificate = 'a.pem'\n"), testing::HasSubstr("both certificate and key"));
}

TEST(Config, TakesEveryKey) {
  const auto config = parse_config(
      "listen = ['127.0.0.1:1', '[::1]:2']\ncontact = 'mailto:security@registry.example'\n"
      "[tls]\ncertificate = 'a.pem'\nkey = 'b.pem'\n[limits]\nconnections = 7\n"
      "[hub]\nblock-every = '1m'\n[follow]\npatience = '5s'\n",
      "comity.toml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->listen, (std::vector<std::string>{"127.0.0.1:1", "[::1]:2"}));
  EXPECT_EQ(config->contact, "mailto:security@registry.example");
  EXPECT_EQ(config->tls.key, "b.pem");
  EXPECT_EQ(config->limits.connections, 7U);
  EXPECT_EQ(config->hub.block_every, base::Seconds(60));
  EXPECT_EQ(config->follow.patience, base::Seconds(5));
  EXPECT_EQ(config->follow.poll_wait, FollowConfig{}.poll_wait);
}

TEST(Config, PrintsWhatItTakesBack) {
  Config config;
  config.hub.witness_policy = "a \"quoted\" \\ text\twith\x01 all";
  config.limits.header_timeout = base::Seconds(9);
  const std::string text = serialize_config(config);
  const auto again = parse_config(text, "printed");
  ASSERT_TRUE(again) << again.error().message() << "\n" << text;
  EXPECT_EQ(again->hub.witness_policy, config.hub.witness_policy);
  EXPECT_EQ(again->limits.header_timeout, base::Seconds(9));
  EXPECT_EQ(serialize_config(*again), text);
}

}  // namespace
}  // namespace apps
