// Aim: what a log says to a witness is read in one form only; checkpoints of foreign logs keep their extension lines.
// Method: the example of C2SP tlog-witness, and a good request spoiled at every byte.
#include "note/witness_request.h"

#include <gtest/gtest.h>

#include "codec/base64.h"

namespace note {
namespace {

constexpr std::string_view kExample =
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n"
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 example.com/behind-the-sofa "
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";

TEST(WitnessRequest, ReadsTheExampleOfTheStandard) {
  const auto request = parse_witness_request(kExample);
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(request->old_size.value(), 20'852'014U);
  EXPECT_EQ(request->proof.size(), 4U);
  EXPECT_EQ(serialize_witness_request(*request), kExample);
  const auto checkpoint = parse_foreign_checkpoint(request->checkpoint);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message();
  EXPECT_EQ(checkpoint->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint->size.value(), 20'852'163U);
  EXPECT_EQ(checkpoint->note.signatures.size(), 2U);
}

TEST(WitnessRequest, WhatIsReadAfterAChangeIsWrittenTheSame) {
  for (std::size_t at = 0; at < kExample.size(); ++at) {
    std::string text(kExample);
    text[at] = static_cast<char>(text[at] ^ 0x04);
    for (const std::string_view changed : {std::string_view(text), kExample.substr(0, at)}) {
      const auto request = parse_witness_request(changed);
      if (request) {
        EXPECT_EQ(serialize_witness_request(*request), changed);
      }
    }
  }
}

TEST(WitnessRequest, RefusesWhatIsNotInItsForm) {
  for (const std::string_view text :
       {"", "old", "old \n\n", "old 01\n\n", "old 1 \n\n", "OLD 1\n\n", "old 1\n", "old 1", "old 1\nxx\n\n",
        "old +1\n\n", "old 4611686018427387905\n\n"}) {
    EXPECT_FALSE(parse_witness_request(text)) << text;
  }
  std::string hashes = "old 1\n";
  for (int i = 0; i < 63; ++i) hashes += codec::serialize_base64(base::Hash{}.view()) + "\n";
  EXPECT_TRUE(parse_witness_request(hashes + "\n"));
  EXPECT_FALSE(parse_witness_request(hashes + codec::serialize_base64(base::Hash{}.view()) + "\n\n"));
}

TEST(ForeignCheckpoint, KeepsExtensionLinesAndRefusesEmptyOnes) {
  const std::string root = codec::serialize_base64(base::Hash{}.view());
  const std::string line = "\n\u2014 x.example AAAAAAAA\n";
  const std::string extended = "x.example\n5\n" + root + "\none\ntwo\n";
  const std::string note = extended + line;
  const auto checkpoint = parse_foreign_checkpoint(note);
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->note.text, extended);
  for (const std::string& body : std::initializer_list<std::string>{
           "x.example\n5\n" + root + "\n\ntwo\n", "x.example\n5\n", "x example\n5\n" + root + "\n",
           "\n5\n" + root + "\n", "x.example\n05\n" + root + "\n",
           "x.example\n5\n" + root.substr(1) + "\n"}) {
    EXPECT_FALSE(parse_foreign_checkpoint(body + line)) << body;
  }
}

}  // namespace
}  // namespace note
