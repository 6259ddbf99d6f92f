// Aim: what the builder and drafts make is canonical whatever order it came in, signatures verify over the
// body, and what cannot be a record is refused before anybody signs it. Method: shuffled input gives one
// text; every refusal of the parser shows; signatures are verified with the keys.
#include "record/builder.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "record/draft.h"
#include "record/sample_records.h"
#include "resource/sample_objects.h"

namespace record {
namespace {

constexpr std::string_view kOrigin = "registry.example/root";

note::Signer signer(std::string_view name, base::Byte seed) {
  const std::array<base::Byte, 32> bytes{seed};
  return {std::string(name), note::KeyType::kEd25519, crypto::SecretKey::from_seed(bytes)};
}

Builder ballot_builder() {
  Builder builder(Kind::kBallot, kOrigin);
  builder.set("vote", "yes").set("by", "MEMBER-A");
  builder.set("expires", base::EpochSeconds(1'795'428'000)).set("proposal", base::Hash{});
  builder.set_epoch({base::Epoch(3), {}});
  return builder;
}

TEST(Builder, RefusesWhatIsNoRecord) {
  EXPECT_FALSE(Builder(Kind::kBallot, kOrigin).body());
  EXPECT_FALSE(Builder(Kind::kBallot, "Registry").body());
  EXPECT_FALSE(Builder(Kind::kEvidence, kOrigin).body());
  EXPECT_FALSE(ballot_builder().set("vote", "perhaps").body());
  EXPECT_FALSE(ballot_builder().set("vote", "").body());
  EXPECT_FALSE(ballot_builder().set("remark", "x").body());
  EXPECT_FALSE(ballot_builder().set("vote", "yes\nvote: yes").body());
  EXPECT_FALSE(ballot_builder().set("annex", "yes\n\ncreate host: a.").body());
  EXPECT_FALSE(ballot_builder().add_paragraph("create host: a.\n").body());
  EXPECT_FALSE(ballot_builder().set("annex", "\n\n\xe2\x80\x94 x").body());
}

TEST(Builder, AttributesComeOutInTheOrderOfTheTable) {
  const std::string body = ballot_builder().body().value();
  const std::string zero = codec::serialize_base64(base::Hash{}.view());
  EXPECT_EQ(body, "comity/1 ballot registry.example/root\nby: MEMBER-A\nepoch: 3 " + zero +
                      "\nproposal: " + zero + "\nvote: yes\nexpires: 2026-11-23T10:00:00Z\n");
  EXPECT_EQ(ballot_builder().set("vote", "no").set("vote", "yes").body().value(), body);
}

TEST(Builder, ParagraphsComeOutSortedWhateverTheOrder) {
  std::vector<std::string> paragraphs{"create organisation: ORG-B\n+ auth: admin x\n+ org-name: B\n",
                                      "change domain: ru.\n- status: active\n+ status: inactive\n",
                                      "\nchange domain: aero.\n+ nserver: a.\n", "delete host: a.b.\n",
                                      "create host: z.\n"};
  std::string first;
  std::mt19937 random(3);  // NOLINT: the same order every run
  for (int i = 0; i < 20; ++i) {
    std::ranges::shuffle(paragraphs, random);
    Builder builder(Kind::kProposal, kOrigin);
    for (const std::string& paragraph : paragraphs) builder.add_paragraph(paragraph);
    builder.set("class", "A").set("by", "MEMBER-A").set("expires", base::EpochSeconds(0)).set_epoch({});
    const auto body = builder.body();
    ASSERT_TRUE(body) << body.error().message();
    if (first.empty()) first = *body;
    EXPECT_EQ(*body, first);
  }
  EXPECT_NE(
      first.find(
          "\n\nchange domain: aero.\n+ nserver: a.\n\nchange domain: ru.\n+ status: inactive\n- status"),
      std::string::npos)
      << first;
}

TEST(Builder, DoubledParagraphsAreRefusedNotMerged) {
  Builder builder(Kind::kProposal, kOrigin);
  builder.set("class", "A").set("by", "MEMBER-A").set("expires", base::EpochSeconds(0)).set_epoch({});
  builder.add_paragraph("create host: a.\n").add_paragraph("create host: a.\n");
  EXPECT_FALSE(builder.body());
}

TEST(Sign, RefusesNobodyDoublesAndBadBodies) {
  const std::string body = ballot_builder().body().value();
  const note::Signer one = signer("MEMBER-A", 1);
  const note::Signer log = signer(kOrigin, 2);
  EXPECT_FALSE(sign(body, {}));
  EXPECT_FALSE(sign(body, std::vector<const note::Signer*>{&one, &one}));
  EXPECT_FALSE(sign(body, std::vector<const note::Signer*>{&log}));
  EXPECT_FALSE(sign(body + "x", std::vector<const note::Signer*>{&one}));
  EXPECT_FALSE(assemble(body, std::vector<std::string>{"nonsense\n"}));
  EXPECT_FALSE(assemble(body, std::vector<std::string>{sign_line(body, one) + "\n"}));
  const std::string leaf = sign(body, std::vector<const note::Signer*>{&one}).value();
  EXPECT_FALSE(sign(leaf, std::vector<const note::Signer*>{&one}));
}

TEST(Sign, SignaturesVerifyAndStandInOrder) {
  const std::string body = ballot_builder().body().value();
  std::vector<note::Signer> signers;
  std::vector<const note::Signer*> pointers;
  for (base::Byte i = 1; i <= 9; ++i) signers.push_back(signer(i % 2 == 0 ? "MEMBER-A" : "MEMBER-B", i));
  for (const note::Signer& each : signers) pointers.push_back(&each);
  const Record record = Record::parse(std::string_view(sign(body, pointers).value())).value();
  EXPECT_EQ(record.body(), body);
  EXPECT_EQ(record.id(), record_id(body));
  ASSERT_EQ(record.signatures().size(), signers.size());
  for (const SignatureLine& line : record.signatures()) {
    const auto made_by = std::ranges::find(signers, line.key_id, &note::Signer::id);
    ASSERT_NE(made_by, signers.end());
    EXPECT_EQ(line.name, made_by->name());
    EXPECT_TRUE(
        crypto::verify_signature(made_by->secret().public_key(), base::as_bytes(body), line.signature));
  }
}

TEST(Block, RoundTrip) {
  const std::string effects[] = {"locked " + sample_hash(2), "executed " + sample_hash(1)};
  BlockFields input;
  input.height = base::Height(12);
  input.time = base::EpochSeconds(1'795'428'000);
  input.records = 3;
  input.effects.assign(std::begin(effects), std::end(effects));
  const std::string text = serialize_block(kOrigin, input);
  const auto fields = Record::parse(std::string_view(text)).value();
  EXPECT_EQ(fields.block()->height, input.height);
  EXPECT_EQ(fields.block()->time, input.time);
  ASSERT_EQ(fields.block()->effects.size(), 2U);
  EXPECT_EQ(fields.block()->effects[0], effects[0]);
}

TEST(Draft, BecomesTheCanonicalBody) {
  const std::string body = [] {
    const std::string leaf = sample_proposal();
    return leaf.substr(0, leaf.find("\n\n\xe2\x80\x94 ") + 1);
  }();
  EXPECT_EQ(parse_draft(serialize_draft(body, "Why?\n\nBecause.")).value(), body);
  const std::string messy =
      "# edit me\n\ncomity/1 proposal registry.example/root  \nclass: H1\nannex: " + sample_hash(4) +
      "\n# a remark\nexpires: 2026-12-07T00:00:00Z\r\nby: ORG-RIPN\nepoch: 3 " + sample_hash(7) +
      "\nchange host: a.b.\n+ address: 1.2.3.4\n\n\n\nchange domain: ru.\n- nserver: b.dns.ripn.net.\n"
      "# another\n\n+ nserver: c.dns.ripn.net.";
  EXPECT_EQ(parse_draft(messy).value(), body);
  EXPECT_FALSE(parse_draft(""));
  EXPECT_FALSE(parse_draft("# nothing"));
  EXPECT_FALSE(parse_draft(messy + "\n+ colour: red\n"));
  EXPECT_FALSE(parse_draft(messy + "\n+ nserver: c.dns.ripn.net.\n"));
  EXPECT_FALSE(parse_draft(std::string(300'000, '#')));
}

}  // namespace
}  // namespace record
