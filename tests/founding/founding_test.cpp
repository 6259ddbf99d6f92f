// Aim: no genesis is sealed that somebody it names has not signed as it stands, with every key; whoever alters, mixes
// up or leaves out something is told what. Method: founders with fixed keys make sheets, drafts and copies in
// memory; each test spoils one step.
#include "apps/founding.h"

#include <algorithm>
#include <array>
#include <memory>

#include <gtest/gtest.h>

#include "charter/signature_checker.h"
#include "note/signed_note.h"
#include "record/builder.h"
#include "record/draft.h"
#include "registry/registry.h"
#include "resource/values.h"

namespace apps {
namespace {

constexpr base::EpochSeconds kTime(1'767'225'600);
constexpr std::string_view kOrigin = "registry.example/root";

// Shared, so that a founder can be copied and then spoiled.
using SharedSigner = std::shared_ptr<const note::Signer>;

SharedSigner signer(const std::string& name, unsigned member, unsigned number) {
  std::array<base::Byte, 32> seed{};
  seed[0] = static_cast<base::Byte>(member + 1);
  seed[1] = static_cast<base::Byte>(number);
  return std::make_shared<note::Signer>(name, note::KeyType::kEd25519, crypto::SecretKey::from_seed(seed));
}

std::string key_of(const SharedSigner& one) {
  return resource::serialize_key(one->verifier_key().key);
}

/// One member at home.
struct Founder {
  explicit Founder(unsigned number, bool hub = false, const std::string& origin = std::string(kOrigin))
      : handle("MEMBER-" + std::to_string(number)), organisation("ORG-" + std::to_string(number)) {
    for (unsigned role = 0; role < 3; ++role) keys.push_back(signer(handle, number, role));
    keys.push_back(signer(organisation, number, 3));
    if (hub) keys.push_back(signer(origin, number, 4));
    wish = {origin, std::nullopt, handle, {}, organisation, {}};
    if (hub) wish.log_key = keys[4]->verifier_key().key;
    wish.member_lines = {"governance: " + key_of(keys[0]), "operator: " + key_of(keys[1]),
                         "registrar: " + key_of(keys[2]), "governance-threshold: 1",
                         "organisation: " + organisation};
    wish.organisation_lines = {"org-name: Ltd " + std::to_string(number), "auth: admin " + key_of(keys[3])};
  }
  std::vector<const note::Signer*> signers() const {
    std::vector<const note::Signer*> all;
    for (const SharedSigner& key : keys) all.push_back(key.get());
    return all;
  }
  record::MemberSheet sheet() const {
    auto made = record::make_member_sheet(wish, signers());
    EXPECT_TRUE(made) << made.error().message();
    return std::move(*made);
  }
  PartlySigned sign(const std::string& body) const {
    PartlySigned copy{handle, body, {}};
    for (const SharedSigner& key : keys) copy.lines.push_back(record::sign_line(body, *key));
    return copy;
  }
  std::string handle, organisation;
  std::vector<SharedSigner> keys;
  record::SheetWish wish;
};

std::vector<Founder> founders(unsigned count) {
  std::vector<Founder> all;
  for (unsigned i = 0; i < count; ++i) all.emplace_back(i, i == 0);
  return all;
}

std::vector<record::MemberSheet> sheets_of(const std::vector<Founder>& all) {
  std::vector<record::MemberSheet> sheets;
  for (const Founder& founder : all) sheets.push_back(founder.sheet());
  return sheets;
}

std::string body_of(const std::vector<Founder>& all) {
  auto body = draft_genesis(sheets_of(all), kTime, "real");
  EXPECT_TRUE(body) << body.error().message();
  return body.value_or("");
}

std::vector<PartlySigned> copies_of(const std::vector<Founder>& all, const std::string& body) {
  std::vector<PartlySigned> copies;
  for (const Founder& founder : all) copies.push_back(founder.sign(body));
  return copies;
}

template <typename T>
void expect_refused(const base::Result<T>& result, const base::ErrorKind& kind, std::string_view text) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), kind) << result.error().message();
  EXPECT_NE(result.error().detail().find(text), std::string::npos) << result.error().message();
}

void expect_founds(const std::string& leaf, std::size_t members) {
  const auto genesis = record::Record::parse(std::string_view(leaf));
  ASSERT_TRUE(genesis) << genesis.error().message();
  charter::DirectChecker checker;
  std::string block_record;
  const auto founded = registry::Registry::found(*genesis, checker, block_record);
  ASSERT_TRUE(founded) << founded.error().message();
  EXPECT_EQ(founded->charter().cosigners().size(), members);
}

TEST(Founding, FromThreeToTwentyTwoMembers) {
  for (const unsigned count : {3U, 4U, 22U}) {
    const std::vector<Founder> all = founders(count);
    const std::string body = body_of(all);
    const auto leaf = seal_genesis(copies_of(all, body));
    ASSERT_TRUE(leaf) << leaf.error().message();
    expect_founds(*leaf, count);
  }
}

TEST(Founding, TooFewOrTooManyAreRefusedAtTheDraft) {
  expect_refused(draft_genesis(sheets_of(founders(2)), kTime, "real"), kBadFounding, "3 to 22");
  expect_refused(draft_genesis(sheets_of(founders(23)), kTime, "real"), kBadFounding, "3 to 22");
  expect_refused(draft_genesis({}, kTime, "real"), kBadFounding, "3 to 22");
}

TEST(Founding, TheOrderOfSheetsDoesNotMatter) {
  const std::vector<Founder> all = founders(4);
  std::vector<record::MemberSheet> sheets = sheets_of(all);
  std::ranges::reverse(sheets);
  EXPECT_EQ(draft_genesis(sheets, kTime, "real").value(), body_of(all));
}

TEST(Founding, NumbersOfTheCharterMayBeOthersThanTheDefault) {
  const std::vector<record::MemberSheet> sheets = sheets_of(founders(4));
  EXPECT_TRUE(unusual_numbers(draft_genesis(sheets, kTime, "real").value()).empty());
  const std::vector<std::string> wish{"budget: member 60 1000000 12", "checks: required", "lock: A 2d"};
  const auto body = draft_genesis(sheets, kTime, "real", wish);
  ASSERT_TRUE(body) << body.error().message();
  EXPECT_EQ(unusual_numbers(*body), wish);
  for (const char* const wrong :
       {"lock: A", "lock A 2d", "lock: Z 2d", "lock: A 2d\n+ lock: C 1d", "", "lock: V 1d"})
    EXPECT_FALSE(draft_genesis(sheets, kTime, "real", std::vector<std::string>{wrong})) << wrong;
}

TEST(Founding, ASheetForAnotherRegistryIsRefused) {
  std::vector<Founder> all = founders(4);
  all[2] = Founder(2, false, "registry.example/other");
  expect_refused(draft_genesis(sheets_of(all), kTime, "real"), kBadFounding, "registry.example/other");
}

TEST(Founding, OneHubExactly) {
  std::vector<Founder> all = founders(4);
  all[0] = Founder(0, false);
  expect_refused(draft_genesis(sheets_of(all), kTime, "real"), kBadFounding, "no sheet brings the log's key");
  all[0] = Founder(0, true);
  all[3] = Founder(3, true);
  expect_refused(draft_genesis(sheets_of(all), kTime, "real"), kBadFounding, "MEMBER-0 and MEMBER-3 both");
}

TEST(Founding, OneMemberTwiceOrAKeyTwiceIsRefused) {
  std::vector<Founder> all = founders(4);
  all.emplace_back(3);
  expect_refused(draft_genesis(sheets_of(all), kTime, "real"), kBadFounding, "two sheets are of MEMBER-3");
  all = founders(4);
  all[3].wish.organisation = "ORG-2";
  all[3].wish.member_lines[4] = "organisation: ORG-2";
  all[3].keys[3] = signer("ORG-2", 3, 3);
  expect_refused(draft_genesis(sheets_of(all), kTime, "real"), kBadFounding, "both create ORG-2");
  all = founders(4);
  all[3].keys[2] = signer("MEMBER-3", 1, 1);  // MEMBER-1's operator key
  all[3].wish.member_lines[2] = "registrar: " + key_of(all[3].keys[2]);
  expect_refused(draft_genesis(sheets_of(all), kTime, "real"), kBadFounding,
                 "MEMBER-1 operator and MEMBER-3 registrar have one key");
}

TEST(Founding, EveryMissingSignatureIsNamed) {
  const std::vector<Founder> all = founders(4);
  const std::string body = body_of(all);
  for (std::size_t member = 0; member < all.size(); ++member) {
    for (std::size_t key = 0; key < all[member].keys.size(); ++key) {
      std::vector<PartlySigned> copies = copies_of(all, body);
      copies[member].lines.erase(copies[member].lines.begin() + static_cast<std::ptrdiff_t>(key));
      expect_refused(seal_genesis(copies), kMissingSignature, key_of(all[member].keys[key]));
    }
  }
  expect_refused(seal_genesis({}), kBadFounding, "nothing to seal");
  const PartlySigned nobody{"draft", body, {}};
  expect_refused(seal_genesis({&nobody, 1}), kMissingSignature, "MEMBER-3 operator");
}

TEST(Founding, ADraftAlteredAfterSomebodySignedIsRefused) {
  const std::vector<Founder> all = founders(4);
  const std::string body = body_of(all);
  std::string altered = body;
  altered.replace(altered.find("org-name: Ltd 2"), 15, "org-name: Ltd X");
  // One copy of another text: named with its line.
  std::vector<PartlySigned> copies = copies_of(all, body);
  copies[2] = all[2].sign(altered);
  expect_refused(seal_genesis(copies), kAlteredDraft, "`+ org-name: Ltd X` instead of `+ org-name: Ltd 2`");
  // All copies altered after signing: no signature verifies.
  copies = copies_of(all, body);
  for (PartlySigned& copy : copies) copy.body = altered;
  expect_refused(seal_genesis(copies), kStrangeSignature, "does not verify over this text");
}

TEST(Founding, ASignatureOfAStrangerIsRefused) {
  const std::vector<Founder> all = founders(4);
  const std::string body = body_of(all);
  std::vector<PartlySigned> copies = copies_of(all, body);
  copies[1].lines.push_back(record::sign_line(body, *signer("MEMBER-1", 9, 9)));
  expect_refused(seal_genesis(copies), kStrangeSignature, "does not name");
  copies = copies_of(all, body);
  copies[1].lines.push_back("\u2014 MEMBER-1 AAAA\n");
  EXPECT_FALSE(seal_genesis(copies));
}

TEST(Founding, SignaturesMayComeTwiceOrInOneCopy) {
  const std::vector<Founder> all = founders(4);
  const std::string body = body_of(all);
  std::vector<PartlySigned> copies = copies_of(all, body);
  const std::string once = seal_genesis(copies).value();
  PartlySigned everything{"all", body, {}};
  for (const PartlySigned& copy : copies) {
    everything.lines.insert(everything.lines.end(), copy.lines.begin(), copy.lines.end());
  }
  copies.push_back(everything);
  EXPECT_EQ(seal_genesis(copies).value(), once);
  EXPECT_EQ(seal_genesis({&everything, 1}).value(), once);
}

TEST(Founding, CopiesSurviveBeingWrittenAndRead) {
  const std::vector<Founder> all = founders(4);
  const std::string body = body_of(all);
  const std::string draft = record::serialize_draft(body, "Compare the id by voice.\n");
  EXPECT_EQ(read_partly_signed("draft", draft).value().body, body);
  const PartlySigned copy = all[1].sign(body);
  const auto read = read_partly_signed("b", record::assemble(body, copy.lines).value());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->body, body);
  EXPECT_EQ(read->lines.size(), copy.lines.size());
  EXPECT_FALSE(read_partly_signed("x", "no genesis\n"));
  EXPECT_FALSE(read_partly_signed("x", ""));
}

TEST(Founding, AMemberNoticesADraftThatSaysAnythingElseOfIt) {
  const std::vector<Founder> all = founders(4);
  const std::string body = body_of(all);
  EXPECT_TRUE(check_holds_sheet(body, all[2].sheet()));
  Founder other = all[2];
  other.wish.organisation_lines[0] = "org-name: Ltd Y";
  expect_refused(check_holds_sheet(body, other.sheet()), kAlteredSheet, "org-name: Ltd 2");
  other = all[2];
  other.wish.member_lines.push_back("url: https://two.example/");
  expect_refused(check_holds_sheet(body, other.sheet()), kAlteredSheet, "url");
  expect_refused(check_holds_sheet(body, Founder(7).sheet()), kAlteredSheet, "MEMBER-7");
  expect_refused(check_holds_sheet(body, Founder(2, false, "registry.example/other").sheet()), kAlteredSheet,
                 "registry.example/other");
  Founder hub = all[0];
  hub.keys[4] = signer(std::string(kOrigin), 0, 9);
  hub.wish.log_key = hub.keys[4]->verifier_key().key;
  expect_refused(check_holds_sheet(body, hub.sheet()), kAlteredSheet, "another key for the log");
}

TEST(Founding, DraftsThatTheRulesRefuseAreRefusedBeforeAnybodySigns) {
  const std::vector<Founder> all = founders(4);
  std::string body = body_of(all);
  EXPECT_TRUE(check_genesis_body(body));
  body.replace(body.find("lock: V 30d"), 11, "lock: V 29d");
  EXPECT_FALSE(check_genesis_body(body));
  EXPECT_FALSE(check_genesis_body("comity/1 genesis x\n"));
}

}  // namespace
}  // namespace apps
