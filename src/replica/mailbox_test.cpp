// Aim: a mailbox hears members in force alone, hands to each what is for it, keeps its bounds, and forgets what is old;
// a message is read back only as it was signed.
// Method: two members and a stranger before one mailbox with a clock that is moved; texts altered byte by byte.
#include "replica/mailbox.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"

namespace replica {
namespace {

class SetClock final : public base::Clock {
 public:
  base::EpochSeconds now() const override { return time; }
  base::EpochSeconds time{1'800'000'000};
};

note::Signer signer(const std::string& name, const std::string& seed) {
  return {name, note::KeyType::kEd25519,
          crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes(seed)).view())};
}

class MailboxTest : public ::testing::Test {
 protected:
  MailboxTest() {
    limits_.messages_per_member = 3;
    box_ = std::make_unique<Mailbox>(
        "log.example", clock_,
        [this](const std::string& member) -> std::optional<crypto::PublicKey> {
          if (member == "MEMBER-A") return a_.verifier_key().key;
          if (member == "MEMBER-B") return b_.verifier_key().key;
          return std::nullopt;
        },
        limits_);
  }
  RoundMessage message(const std::string& body) const {
    return {"log.example",
            "MEMBER-A",
            "MEMBER-B",
            Purpose::kPrivatePart,
            {},
            clock_.time,
            {body.begin(), body.end()}};
  }
  std::string why(const std::string& text) {
    const auto taken = box_->take(text);
    return taken ? "" : std::string(taken.error().kind().name);
  }
  Fetched fetch(const note::Signer& who, std::uint64_t after) {
    const auto answer = box_->take(sign_round_message(
        {"log.example", who.name(), who.name(), Purpose::kFetch, {}, clock_.time, fetch_body(after)}, who));
    EXPECT_TRUE(answer.has_value());
    const auto fetched = parse_fetched(*answer);
    EXPECT_TRUE(fetched.has_value());
    return *fetched;
  }
  SetClock clock_;
  MailboxLimits limits_;
  note::Signer a_ = signer("MEMBER-A", "a");
  note::Signer b_ = signer("MEMBER-B", "b");
  std::unique_ptr<Mailbox> box_;
};

TEST_F(MailboxTest, HearsNobodyElse) {
  EXPECT_EQ(why(sign_round_message(message("x"), signer("MEMBER-A", "another"))), "not-heard");
  RoundMessage wrong = message("x");
  wrong.origin = "other.example";
  EXPECT_EQ(why(sign_round_message(wrong, a_)), "not-heard");
  wrong = message("x");
  wrong.to = "MEMBER-C";
  EXPECT_EQ(why(sign_round_message(wrong, a_)), "not-heard");
  wrong = message("x");
  wrong.to = "MEMBER-A";
  EXPECT_EQ(why(sign_round_message(wrong, a_)), "not-heard");
  wrong = message("x");
  wrong.from = "MEMBER-C";
  EXPECT_EQ(why(sign_round_message(wrong, signer("MEMBER-C", "c"))), "not-heard");
  wrong = message("x");
  wrong.time = base::EpochSeconds(clock_.time.value() - 301);
  EXPECT_EQ(why(sign_round_message(wrong, a_)), "not-heard");
  wrong.time = base::EpochSeconds(clock_.time.value() + 301);
  EXPECT_EQ(why(sign_round_message(wrong, a_)), "not-heard");
  EXPECT_EQ(box_->size(), 0U);
}

TEST_F(MailboxTest, HandsOutOnceWhatIsForTheReader) {
  const std::string text = sign_round_message(message("x"), a_);
  EXPECT_EQ(why(text), "");
  EXPECT_EQ(why(text), "");
  EXPECT_TRUE(fetch(a_, 0).messages.empty());
  const Fetched got = fetch(b_, 0);
  EXPECT_EQ(got.messages, std::vector<std::string>{text});
  EXPECT_TRUE(fetch(b_, got.last).messages.empty());
  EXPECT_EQ(fetch(b_, 1'000).messages.size(), 1U) << "a reader with a number of another life begins anew";
}

TEST_F(MailboxTest, KeepsItsBoundsAndForgets) {
  for (const char* body : {"1", "2", "3", "4"}) EXPECT_EQ(why(sign_round_message(message(body), a_)), "");
  const Fetched got = fetch(b_, 0);
  ASSERT_EQ(got.messages.size(), 3U);
  EXPECT_EQ(got.messages.front(), sign_round_message(message("2"), a_));
  clock_.time = clock_.time + base::Seconds(601);
  EXPECT_EQ(why(sign_round_message(message("5"), a_)), "");
  EXPECT_EQ(box_->size(), 1U);
}

TEST_F(MailboxTest, EveryAlteredByteIsRefused) {
  const std::string text = sign_round_message(message("body"), a_);
  ASSERT_TRUE(parse_round_message(text).has_value());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string altered = text;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    const auto read = parse_round_message(altered);
    EXPECT_FALSE(read && verify_round_message(altered, *read, a_.verifier_key().key)) << i;
    EXPECT_NE(why(altered), "") << i;
  }
}

TEST(ParseFetched, RefusesLengthsThatDoNotFit) {
  EXPECT_FALSE(parse_fetched("").has_value());
  EXPECT_FALSE(parse_fetched(std::string(8, '\0') + std::string("\0\0\0\2x", 5)).has_value());
  EXPECT_FALSE(parse_fetched(std::string(8, '\0') + std::string(4, '\0')).has_value());
  EXPECT_FALSE(parse_fetched(std::string(8, '\0') + "\xff\xff\xff\xff").has_value());
  EXPECT_TRUE(parse_fetched(std::string(8, '\0')).has_value());
}

}  // namespace
}  // namespace replica
