// Aim: drafts come out as records.md writes them, and a spoiled draft is spoiled in the one way that was
// asked for. Method: texts against hand-written lines and known times; signatures verified again with crypto/
// alone.
#include "support/actors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/hash.h"

namespace actors {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// The bytes of the last signature line: key id and signature.
base::Bytes last_signature(const std::string& leaf) {
  const std::size_t start = leaf.rfind(' ') + 1;
  return codec::parse_base64(std::string_view(leaf).substr(start, leaf.size() - start - 1)).value();
}

crypto::PublicKey public_key(const std::string& label) {
  const base::Bytes typed = codec::parse_base64(Key::of(label).text()).value();
  crypto::PublicKey key;
  std::copy(typed.begin() + 1, typed.end(), key.bytes.begin());
  return key;
}

bool last_signature_verifies(const Draft& draft, const std::string& label) {
  const base::Bytes bytes = last_signature(draft.leaf());
  crypto::Signature signature;
  std::copy(bytes.begin() + 4, bytes.end(), signature.bytes.begin());
  return crypto::verify_signature(public_key(label), base::as_bytes(draft.body()), signature);
}

TEST(Actors, TimesAreWrittenAsTheCalendarSays) {
  EXPECT_EQ(time_text(kGenesisTime), "2026-01-01T00:00:00Z");
  EXPECT_EQ(time_text(base::EpochSeconds(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(time_text(base::EpochSeconds(951'782'399)), "2000-02-28T23:59:59Z");
  EXPECT_EQ(time_text(base::EpochSeconds(951'782'400)), "2000-02-29T00:00:00Z");
  EXPECT_EQ(time_text(base::EpochSeconds(1'709'164'800)), "2024-02-29T00:00:00Z");
  EXPECT_EQ(time_text(base::EpochSeconds(4'107'542'400)), "2100-03-01T00:00:00Z");
}

TEST(Actors, ForgedAndFlippedSignaturesDoNotVerifyButKeepTheKeyId) {
  const Cast cast(3);
  Draft ballot = cast.ballot("MEMBER-A", some_commitment("p"), "yes");
  const std::string label = "MEMBER-A/governance/1";
  EXPECT_TRUE(last_signature_verifies(ballot, label));
  const base::Bytes good = last_signature(ballot.leaf());
  for (const auto fault : {Signing::Fault::kForged, Signing::Fault::kFlipped}) {
    ballot.signings[0].fault = fault;
    EXPECT_FALSE(last_signature_verifies(ballot, label));
    const base::Bytes bad = last_signature(ballot.leaf());
    EXPECT_TRUE(std::equal(good.begin(), good.begin() + 4, bad.begin()));
  }
}

TEST(Actors, ADraftIsSortedAndEndsWithItsSignatures) {
  const Cast cast(3);
  const Draft draft = cast.proposal("MEMBER-B", "A",
                                    {create("host", "b.", {"+ address: 10.0.0.2"}),
                                     create("domain", "z.", {"+ status: active", "+ holder: ORG-A"})},
                                    {{"annex", some_commitment("why")}});
  EXPECT_THAT(draft.body(), StartsWith("comity/1 proposal registry.example/root\nby: MEMBER-B\nepoch: 1 "));
  EXPECT_THAT(draft.body(), HasSubstr("Z\nannex: "));
  EXPECT_THAT(draft.body(), EndsWith("\n\ncreate domain: z.\n+ holder: ORG-A\n+ status: active\n"
                                     "\ncreate host: b.\n+ address: 10.0.0.2\n"));
  EXPECT_THAT(draft.leaf(), StartsWith(draft.body() + "\n\u2014 MEMBER-B "));
  EXPECT_EQ(draft.id(), crypto::sha256(base::as_bytes(draft.body())));
}

TEST(Actors, ProposalsAreSignedByTheScopesTheyNeedAndByTheKeysTheyAdd) {
  Cast cast(3);
  Party& holder = cast.add(make_organisation("ORG-HOLDER"));
  holder.keys["dns"] = {"ORG-HOLDER/dns/1", "ORG-HOLDER/dns/2"};
  holder.thresholds["dns"] = 2;
  EXPECT_EQ(cast.proposal("ORG-HOLDER", "H1", {change("domain", "z.", {"+ nserver: a."})}).signings.size(),
            2u);
  EXPECT_EQ(
      cast.proposal("ORG-HOLDER", "H1", {change("domain", "z.", {"+ ds-rdata: 1 15 2 AA"})}).signings[0].key,
      "ORG-HOLDER/admin/1");
  const Draft rotation = cast.proposal(
      "ORG-HOLDER", "H2", {change("organisation", "ORG-HOLDER", {"+ auth: ds " + Key::of("fresh").text()})});
  ASSERT_EQ(rotation.signings.size(), 2u);
  EXPECT_EQ(rotation.signings[1].key, "fresh");
}

TEST(Actors, AGenesisIsSignedByEveryKeyItNames) {
  EXPECT_EQ(Cast(4).genesis().signings.size(), 4u * 4u + 1u);
}

}  // namespace
}  // namespace actors
