// Aim: what a hub shows its members has one text, and nothing else is taken for it.
// Method: a written text is read back; every line is spoilt, and the limits are passed by one.
#include "note/proposed.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"

namespace note {
namespace {

std::string sample_checkpoint(const std::string& origin) {
  const Signer log(origin, KeyType::kEd25519,
                   crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes("log")).bytes));
  const Checkpoint checkpoint{origin, base::TreeSize(7), crypto::sha256(base::as_bytes("root"))};
  return *assemble_checkpoint(checkpoint, std::vector<std::string>{sign_checkpoint(checkpoint, log)});
}

Proposed sample() {
  return {"registry.example/root", Round(12), Offer(3), base::TreeSize(5),
          sample_checkpoint("registry.example/root")};
}

std::string spoilt(const std::string& what, const std::string& by) {
  std::string text = serialize_proposed(sample());
  return text.replace(text.find(what), what.size(), by);
}

TEST(Proposed, IsReadBackAsWritten) {
  const std::string text = serialize_proposed(sample());
  EXPECT_TRUE(
      text.starts_with("comity/1 proposed registry.example/root\nround: 12\noffer: 3\ncounted: 5\n\n"));
  const auto parsed = parse_proposed(text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(*parsed, sample());
}

TEST(Proposed, EveryOtherTextIsRefused) {
  for (const std::string& text :
       {std::string(), spoilt("comity/1", "comity/2"), spoilt("round: 12", "round: 012"),
        spoilt("offer: 3", "offer: "), spoilt("counted: 5", "counted: 4611686018427387905"),
        spoilt("counted: 5\n", "counted: 5\nmore: 1\n"), spoilt("5\n\n", "5\n"),
        spoilt("root\n7\n", "elsewhere\n7\n"),
        spoilt("comity/1 proposed registry", "comity/1 proposed other"),
        serialize_proposed(sample()) + std::string(kProposedBytesMax, ' ')}) {
    const auto parsed = parse_proposed(text);
    ASSERT_FALSE(parsed) << text.substr(0, 200);
    EXPECT_TRUE(parsed.error().kind() == kBadProposed) << parsed.error().message();
  }
}

}  // namespace
}  // namespace note
