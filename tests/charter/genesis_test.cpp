// Aim: no registry begins without the consent of everybody it names, nor below the charter's floors.
// Method: one good genesis record, spoiled in one way at a time, through State::found.
#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "charter/state.h"
#include "support/actors.h"

namespace oracle {
namespace {

using actors::Cast;
using actors::Draft;

/// The reason of the refusal; empty if the registry was founded.
std::string refusal(const Draft& draft) {
  charter::DirectChecker checker;
  const base::Result<record::Record> record = record::Record::parse(std::string_view(draft.leaf()));
  if (!record) return record.error().message();
  const base::Result<charter::State> state = charter::State::found(*record, checker);
  return state ? std::string() : state.error().message();
}

std::string refusal_of(const std::function<void(Draft&)>& spoil) {
  Draft draft = Cast(4).genesis();
  spoil(draft);
  return refusal(draft);
}

std::string refusal_of_charter(const std::string& slot, const std::string& line) {
  std::vector<std::string> charter = actors::default_charter();
  std::erase_if(charter, [&](const std::string& old) { return old.starts_with(slot); });
  if (!line.empty()) charter.push_back(line);
  return refusal(Cast(4, charter).genesis());
}

actors::Paragraph& paragraph_of(Draft& draft, const std::string& key) {
  return *std::ranges::find_if(draft.paragraphs,
                               [&](const actors::Paragraph& one) { return one.key == key; });
}

TEST(Genesis, TheGoodOneFounds) {
  EXPECT_EQ(refusal_of([](Draft&) {}), "");
}

TEST(Genesis, EveryNamedKeySigns) {
  const std::size_t count = Cast(4).genesis().signings.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    EXPECT_NE(refusal_of([&](Draft& draft) { draft.signings.erase(draft.signings.begin() + at); }), "") << i;
    EXPECT_NE(refusal_of([&](Draft& draft) { draft.signings[i].fault = actors::Signing::Fault::kForged; }),
              "")
        << i;
  }
  EXPECT_NE(refusal_of([](Draft& draft) { draft.sign("MEMBER-A", {"stranger"}); }), "");
  EXPECT_NE(refusal_of([](Draft& draft) { draft.sign("MEMBER-X", {"stranger"}); }), "");
}

TEST(Genesis, NobodySharesAnOrganisationOrAKey) {
  EXPECT_NE(refusal_of([](Draft& draft) {
              std::vector<std::string>& lines = paragraph_of(draft, "MEMBER-B").lines;
              std::ranges::replace(lines, "+ organisation: ORG-B", "+ organisation: ORG-A");
            }),
            "");
  EXPECT_NE(refusal_of([](Draft& draft) {
              std::vector<std::string>& lines = paragraph_of(draft, "MEMBER-B").lines;
              std::ranges::replace(lines, "+ operator: " + actors::Key::of("MEMBER-B/operator/1").text(),
                                   "+ operator: " + actors::Key::of("MEMBER-A/operator/1").text());
              std::erase_if(draft.signings, [](const auto& one) { return one.key == "MEMBER-B/operator/1"; });
              draft.sign("MEMBER-B", {"MEMBER-A/operator/1"});
            }),
            "");
  EXPECT_NE(refusal_of([](Draft& draft) {
              draft.set("log-key", actors::Key::of("MEMBER-A/operator/1").text());
              draft.signings.pop_back();
              draft.sign(draft.origin, {"MEMBER-A/operator/1"});
            }),
            "");
}

TEST(Genesis, OnlyTheCharterMembersAndTheirOrganisations) {
  EXPECT_NE(refusal_of([](Draft& draft) {
              std::erase_if(draft.paragraphs, [](const auto& p) { return p.key == "registry"; });
            }),
            "");
  EXPECT_NE(refusal_of([](Draft& draft) {
              draft.paragraphs.push_back(actors::create("host", "a.example.net.", {"+ address: 192.0.2.1"}));
            }),
            "");
  EXPECT_NE(refusal_of([](Draft& draft) {
              const actors::Party party = actors::make_organisation("ORG-GUEST");
              draft.paragraphs.push_back(creation_of_organisation(party));
              draft.sign("ORG-GUEST", party.all_keys());
            }),
            "");
  EXPECT_NE(refusal(Cast(2).genesis()), "");
  EXPECT_EQ(refusal(Cast(3).genesis()), "");
  EXPECT_EQ(refusal(Cast(22).genesis()), "");
  EXPECT_NE(refusal(Cast(23).genesis()), "");  // no checkpoint could carry their quorum
}

TEST(Genesis, TheFloorsOfTheCharter) {
  EXPECT_NE(refusal_of_charter("lock: V ", "lock: V 29d"), "");
  EXPECT_NE(refusal_of_charter("period: open ", "period: open 15d"), "");
  EXPECT_NE(refusal_of_charter("quorum: V ", "quorum: V one"), "");
  EXPECT_NE(refusal_of_charter("lock: M ", ""), "");
  EXPECT_EQ(refusal_of_charter("lock: V ", "lock: V 31d"), "");
  EXPECT_EQ(refusal_of_charter("quorum: A ", "quorum: A all"), "");
}

}  // namespace
}  // namespace oracle
