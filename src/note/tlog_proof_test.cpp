// Aim: the text of a proof is canonical: read and written back it is the same, and anything else is refused.
// Method: a proof in the shape of the standard's example; each line broken in each way; the hash limit from
// both sides.
#include "note/tlog_proof.h"

#include <gtest/gtest.h>

namespace note {
namespace {

constexpr std::string_view kHash = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n";
constexpr std::string_view kCheckpoint =
    "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n— example.com/fancylog "
    "AAAAAAAA\n";

std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) text += part;
  return text;
}

TEST(TlogProof, RefusesBrokenLines) {
  constexpr std::string_view kFirst = "c2sp.org/tlog-proof@v1\n";
  for (const std::string& bad :
       {std::string(), std::string(kFirst), join({"c2sp.org/tlog-proof@v2\nindex 1\n\n", kCheckpoint}),
        join({kFirst, "\n", kCheckpoint}), join({kFirst, "index 01\n\n", kCheckpoint}),
        join({kFirst, "index\n\n", kCheckpoint}), join({kFirst, "index 1 \n\n", kCheckpoint}),
        join({kFirst, "index 4611686018427387905\n\n", kCheckpoint}),
        join({kFirst, "extra A\nindex 1\n\n", kCheckpoint}),
        join({kFirst, "extra AAAA\nextra AAAA\nindex 1\n\n", kCheckpoint}),
        join({kFirst, "index 1\nextra AAAA\n\n", kCheckpoint}), join({kFirst, "index 1\n", kCheckpoint}),
        join({kFirst, "index 1\n", kHash.substr(4), "\n", kCheckpoint}),
        join({kFirst, "index 1\n", kHash, "\n"}), join({kFirst, "index 1\n", kHash}),
        join({kFirst, "index 1\r\n\n", kCheckpoint}),
        join({kFirst, "index 1\n\n", std::string(20'000, 'a')})}) {
    const auto proof = parse_tlog_proof(bad);
    ASSERT_FALSE(proof) << bad;
    EXPECT_EQ(proof.error().kind(), kBadTlogProof);
  }
}

TEST(TlogProof, KeepsTheLimitOfHashes) {
  TlogProof proof{base::Bytes{1, 2, 3}, base::LeafIndex(73894), {}, std::string(kCheckpoint)};
  proof.hashes.resize(kProofHashesMax);
  const auto same = parse_tlog_proof(serialize_tlog_proof(proof));
  ASSERT_TRUE(same) << same.error().message();
  EXPECT_EQ(*same, proof);
  proof.hashes.resize(kProofHashesMax + 1);
  EXPECT_FALSE(parse_tlog_proof(serialize_tlog_proof(proof)));
}

TEST(TlogProof, WritesWhatItRead) {
  for (const std::string& text :
       {join({"c2sp.org/tlog-proof@v1\nextra AQID\nindex 73894\n", kHash, kHash, "\n", kCheckpoint}),
        join({"c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n", kCheckpoint}),
        join({"c2sp.org/tlog-proof@v1\nindex 0\n\n", kCheckpoint})}) {
    const auto proof = parse_tlog_proof(text);
    ASSERT_TRUE(proof) << proof.error().message();
    EXPECT_EQ(serialize_tlog_proof(*proof), text);
  }
}

}  // namespace
}  // namespace note
