// Aim: a sheet is taken only whole: canonical, with objects that may stand, and signed by exactly the keys it names.
// Method: one good sheet; each test spoils it in one way, with new signatures where the text alone shall be wrong.
#include "record/member_sheet.h"

#include <functional>

#include <gtest/gtest.h>

#include "base/random.h"
#include "resource/values.h"

namespace record {
namespace {

// Keys that differ by number, the same in every run.
note::Signer signer(const std::string& name, base::Byte number) {
  std::array<base::Byte, 32> seed{};
  seed[0] = number;
  return {name, note::KeyType::kEd25519, crypto::SecretKey::from_seed(seed)};
}

std::string key_of(const note::Signer& one) {
  return resource::serialize_key(one.verifier_key().key);
}

struct Founder {
  note::Signer governance = signer("MEMBER-A", 1);
  note::Signer operator_key = signer("MEMBER-A", 2);
  note::Signer registrar = signer("MEMBER-A", 3);
  note::Signer admin = signer("ORG-A", 4);
  note::Signer log = signer("registry.example/root", 5);

  SheetWish wish() const {
    SheetWish wish{"registry.example/root", log.verifier_key().key, "MEMBER-A", {}, "ORG-A", {}};
    wish.member_lines = {"registrar: " + key_of(registrar), "organisation: ORG-A",
                         "operator: " + key_of(operator_key), "governance-threshold: 1",
                         "governance: " + key_of(governance)};
    wish.organisation_lines = {"org-name: A Ltd", "auth: admin " + key_of(admin)};
    return wish;
  }
  std::vector<const note::Signer*> signers() const {
    return {&admin, &log, &registrar, &operator_key, &governance};
  }
  base::Result<MemberSheet> sheet() const { return make_member_sheet(wish(), signers()); }
};

std::string refusal(const base::Result<MemberSheet>& sheet) {
  if (sheet) return "accepted";
  EXPECT_EQ(sheet.error().kind(), kBadSheet);
  return sheet.error().detail();
}

std::string refusal_of(const std::function<void(SheetWish&)>& spoil) {
  const Founder founder;
  SheetWish wish = founder.wish();
  spoil(wish);
  return refusal(make_member_sheet(wish, founder.signers()));
}

TEST(MemberSheet, SaysWhatItWasMadeOf) {
  const auto sheet = Founder().sheet();
  ASSERT_TRUE(sheet) << sheet.error().message();
  EXPECT_EQ(sheet->origin(), "registry.example/root");
  EXPECT_EQ(sheet->member(), "MEMBER-A");
  EXPECT_EQ(sheet->organisation(), "ORG-A");
  EXPECT_EQ(sheet->keys().size(), 5U);
  EXPECT_TRUE(sheet->log_key());
  EXPECT_TRUE(sheet->paragraphs().starts_with(
      "\ncreate member: MEMBER-A\n+ governance-threshold: 1\n+ governance: "));
  const auto again = MemberSheet::parse(sheet->text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text(), sheet->text());
}

TEST(MemberSheet, ViewsMoveWithIt) {
  auto sheet = Founder().sheet();
  ASSERT_TRUE(sheet);
  const MemberSheet moved = std::move(*sheet);
  EXPECT_EQ(moved.member(), "MEMBER-A");
  EXPECT_TRUE(moved.paragraphs().contains("org-name: A Ltd"));
}

TEST(MemberSheet, RefusesWishesThatNoRegistryTakes) {
  EXPECT_NE(refusal_of([](SheetWish& wish) { wish.origin = "Registry Example"; }), "accepted");
  EXPECT_NE(refusal_of([](SheetWish& wish) { wish.member = "member-a"; }), "accepted");
  EXPECT_NE(refusal_of([](SheetWish& wish) { wish.member_lines.pop_back(); }),
            "accepted");  // no governance key
  EXPECT_NE(refusal_of([](SheetWish& wish) { wish.member_lines[3] = "governance-threshold: 2"; }),
            "accepted");
  EXPECT_NE(refusal_of([](SheetWish& wish) { wish.member_lines.push_back("color: red"); }), "accepted");
  EXPECT_NE(
      refusal_of([](SheetWish& wish) { wish.organisation = "ORG-B"; }).find("the one that the sheet creates"),
      std::string::npos);
}

TEST(MemberSheet, RefusesOneKeyInTwoRoles) {
  Founder founder;
  founder.admin = signer("ORG-A", 2);  // the operator's
  EXPECT_NE(refusal(founder.sheet()).find("keys that differ are expected"), std::string::npos);
  founder = Founder();
  founder.log = signer("registry.example/root", 1);
  EXPECT_NE(refusal(founder.sheet()).find("keys that differ are expected"), std::string::npos);
}

TEST(MemberSheet, EveryKeySignsAndNobodyElse) {
  const Founder founder;
  for (std::size_t left_out = 0; left_out < 5; ++left_out) {
    std::vector<const note::Signer*> signers = founder.signers();
    signers.erase(signers.begin() + static_cast<std::ptrdiff_t>(left_out));
    EXPECT_NE(refusal(make_member_sheet(founder.wish(), signers)).find("is expected"), std::string::npos)
        << left_out;
  }
  const note::Signer stranger = signer("ORG-A", 9);
  std::vector<const note::Signer*> signers = founder.signers();
  signers.push_back(&stranger);
  EXPECT_NE(refusal(make_member_sheet(founder.wish(), signers)), "accepted");
}

TEST(MemberSheet, RefusesEveryChangeOfOneByte) {
  const auto sheet = Founder().sheet();
  ASSERT_TRUE(sheet);
  for (std::size_t at = 0; at < sheet->text().size(); ++at) {
    std::string text = sheet->text();
    text[at] = static_cast<char>(text[at] ^ 0x01);
    EXPECT_FALSE(MemberSheet::parse(text)) << at << "\n" << text;
  }
  for (std::size_t size = 0; size < sheet->text().size(); ++size)
    EXPECT_FALSE(MemberSheet::parse(sheet->text().substr(0, size))) << size;
}

TEST(MemberSheet, RefusesWhatIsNotItsOwnAffair) {
  const auto sheet = Founder().sheet();
  ASSERT_TRUE(sheet);
  std::string text = sheet->text();
  const auto at = text.find("\ncreate organisation");
  text.insert(at, "\ncreate member: MEMBER-B\n");
  EXPECT_NE(refusal(MemberSheet::parse(text)), "accepted");
  EXPECT_NE(refusal(MemberSheet::parse("\n\n" + sheet->text())), "accepted");
  EXPECT_NE(refusal(MemberSheet::parse(sheet->text() + "\n")), "accepted");
  EXPECT_NE(refusal(MemberSheet::parse(sheet->text() + sheet->text())), "accepted");
}

}  // namespace
}  // namespace record
