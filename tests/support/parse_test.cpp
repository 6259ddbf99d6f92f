// Aim: every kind of record that the test parties write is canonical to record/'s parser, byte for byte.
// Method: one of each kind, and the whole standard world, through Record::parse; ids and bodies computed here
// and there.
#include <gtest/gtest.h>

#include "record/record.h"
#include "support/world.h"

namespace actors {
namespace {

void expect_canonical(const Draft& draft) {
  const base::Result<record::Record> record = record::Record::parse(std::string_view(draft.leaf()));
  ASSERT_TRUE(record) << record.error().message() << "\n" << draft.leaf();
  EXPECT_EQ(record->id(), draft.id());
  EXPECT_EQ(record->body(), draft.body());
  EXPECT_EQ(record::kind_name(record->kind()), draft.kind);
  EXPECT_EQ(record->signatures().size(), draft.signings.size());
}

TEST(ActorsParse, TheStandardWorldWithEveryCommonKind) {
  Cast cast(4);
  expect_canonical(cast.genesis());
  for (const Draft& draft : standard_world(cast)) expect_canonical(draft);
  for (const Draft& draft : close_founding(cast)) expect_canonical(draft);
}

TEST(ActorsParse, EveryAnswerAndTheRarerKinds) {
  Cast cast(4);
  const std::string id = some_commitment("a proposal");
  cast.add(make_organisation("ORG-ALFA"));
  for (const char* by : {"MEMBER-A", "ORG-ALFA"}) {
    expect_canonical(cast.objection(by, id));
    expect_canonical(cast.withdrawal(by, id));
    expect_canonical(cast.cancellation(by, id));
  }
  for (const char* vote : {"yes", "no", "attest", "abstain"})
    expect_canonical(cast.ballot("MEMBER-B", id, vote));
  expect_canonical(cast.dispute("ORG-ALFA", "domain alfa.", "MEMBER-C"));
  expect_canonical(cast.check("MEMBER-C", "domain alfa.", some_commitment("text")));
  expect_canonical(cast.redaction("MEMBER-A", some_commitment("annex")));
}

}  // namespace
}  // namespace actors
