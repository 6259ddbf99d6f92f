// Aim: a record is accepted only in its one canonical form, for every kind; every refusal names its line and
// rule. Method: for each kind a good text and a table of spoiled ones; random edits of one byte are refused
// or change the record's bytes, never its reading alone.
#include "record/record.h"

#include <random>

#include <gtest/gtest.h>

#include "record/sample_records.h"

namespace record {
namespace {

struct Spoiled {
  std::string good;
  std::string from;
  std::string to;
  std::string detail;
};

void expect_refused(const std::vector<Spoiled>& table) {
  for (const Spoiled& entry : table) {
    std::string text = entry.good;
    const auto at = text.find(entry.from);
    ASSERT_NE(at, std::string::npos) << entry.from << " in\n" << text;
    text.replace(at, entry.from.size(), entry.to);
    const auto refused = Record::parse(std::string_view(text));
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().kind(), kBadRecord);
    EXPECT_NE(refused.error().detail().find(entry.detail), std::string::npos)
        << refused.error().detail() << "\nexpected: " << entry.detail << "\n"
        << text;
  }
}

TEST(Record, RefusesWrongHeads) {
  const std::string good = sample_ballot();
  expect_refused({{good, "comity/1 ", "comity/2 ", "line 1"},
                  {good, "comity/1 ", "comity/1  ", "line 1"},
                  {good, "comity/1 ", "", "line 1"},
                  {good, "ballot", "Ballot", "line 1: a kind"},
                  {good, "ballot", "vote", "line 1: a kind"},
                  {good, " registry.example/root\n", "\n", "line 1"},
                  {good, "registry.example/root\n", "\n", "line 1: an origin"},
                  {good, "registry.example/root", "Registry.example/root", "line 1: an origin"},
                  {good, "registry.example/root", "registry.example/root ", "line 1: an origin"},
                  {good, "registry.example/root", std::string(256, 'a'), "line 1: an origin"}});
  EXPECT_FALSE(Record::parse(std::string_view()));
  EXPECT_FALSE(Record::parse(std::string_view("\n")));
  EXPECT_FALSE(Record::parse(std::string_view(good).substr(0, good.size() - 1)));
  EXPECT_FALSE(Record::parse(std::string_view(std::string(70'000, 'a'))));
}

TEST(Record, RefusesWrongAttributes) {
  const std::string good = sample_ballot();
  const std::string id = sample_hash(9);
  expect_refused({{good, "by: MEMBER-A\n", "", "line 2: `by` here"},
                  {good, "by: MEMBER-A\n", "by: MEMBER-A\nby: MEMBER-B\n", "line 3: no further by"},
                  {good, "by: MEMBER-A", "by: ORG-A", "line 2: by"},
                  {good, "by: MEMBER-A", "by:MEMBER-A", "line 2: NAME"},
                  {good, "by: MEMBER-A", "by:  MEMBER-A", "line 2: by"},
                  {good, "by: MEMBER-A", "by: MEMBER-A ", "line 2: by"},
                  {good, "by: MEMBER-A", "by: MEMBER-A\r", "line 2: by"},
                  {good, "by: MEMBER-A\n", "by: MEMBER-A\n\n", "line 2: `epoch` here"},
                  {good, "epoch: 3 ", "epoch: 03 ", "line 3: epoch"},
                  {good, "epoch: 3 ", "epoch: 3", "line 3: epoch"},
                  {good, "epoch: 3 ", "epoch: 18446744073709551616 ", "line 3: epoch"},
                  {good, "proposal: ", "proposal: A", "line 4: proposal"},
                  {good, "proposal: " + id, "proposal: " + id.substr(0, 43), "line 4: proposal"},
                  {good, "vote: yes", "vote: maybe", "line 5: vote"},
                  {good, "vote: yes", "vote: Yes", "line 5: vote"},
                  {good, "vote: yes\n", "", "line 5: `vote` here"},
                  {good, "vote: yes\n", "vote: yes\nremark: hello\n", "line 6"},
                  {good, "expires: 2026-12-07T00:00:00Z", "expires: 2026-12-32T00:00:00Z", "line 6: expires"},
                  {good, "expires: 2026-12-07T00:00:00Z\n", "", "`expires` here"},
                  {good, "annex: ", "annex: x", "line 7: annex"},
                  {good, "\n\n", "\n\ncreate host: a.\n\n", "line 8: no paragraph"}});
  expect_refused(
      {{sample_proposal(), "class: H1", "class: H2 H1", "class"},
       {sample_proposal(), "class: H1", "class: H1 H1", "class"},
       {sample_proposal(), "class: H1", "class: H1  H2", "class"},
       {sample_proposal(), "class: H1", "class: H3", "class"},
       {sample_proposal(), "expires", "subject: ROOT\nexpires", "subject"},
       {sample_proposal(), "expires", "upstream: " + id + "\nexpires", "upstream"},
       {sample_proposal(), "expires", "upstream: " + id + " 4294967296\nexpires", "upstream"},
       {sample_proposal(), "expires", "founding: numbers\nexpires", "founding"},
       {sample_proposal(), "expires", "override: no\nexpires", "override"},
       {sample_proposal(), "expires", "override: yes\nfounding: names\nexpires", "`expires` here"},
       {sample_dispute(), "by: ORG-A", "by: MEMBER-B", "organisation"},
       {sample_dispute(), "object: domain ru.", "object: domain RU.", "object"},
       {sample_dispute(), "with: MEMBER-A\n", "", "`with` here"},
       {sample_dispute(), "with: MEMBER-A\n", "proposal: " + id + "\n", "`with` here"},
       {sample_step("missing", "attempt: 2\nfrom: MEMBER-B\n"), "step: missing", "step: dance", "step"},
       {sample_step("missing", "attempt: 2\nfrom: MEMBER-B\n"), "attempt: 2", "attempt: 0", "attempt"},
       {sample_step("missing", "attempt: 2\nfrom: MEMBER-B\n"), "from: MEMBER-B", "from: ORG-B", "from"},
       {sample_step("missing", "attempt: 2\nfrom: MEMBER-B\n"), "from: MEMBER-B\n", "", "`from` here"},
       {sample_step("missing", "attempt: 2\nfrom: MEMBER-B\n"), "missing", "deal", "`message` here"},
       {sample_step("deal", "attempt: 2\nmessage: AQID\n"), "AQID", "AQI", "message"},
       {sample_step("deal", "attempt: 2\nmessage: AQID\n"), "AQID", std::string(1028, 'A'), "message"},
       {every_sample_step()[3], "piece: 1 ", "piece: 3 ", "bytewise order"},
       {every_sample_step()[3], "piece: 2 ", "piece: 0 ", "piece"},
       {sample_check(), "hash: ", "hash: =", "hash"},
       {sample_check(), "object: host a.b.\n", "", "`object` here"}});
}

TEST(Record, RefusesWrongParagraphs) {
  const std::string good = sample_proposal();
  expect_refused(
      {{good, "change domain: ru.\n", "alter domain: ru.\n", "line 8"},
       {good, "change domain: ru.\n", "change domain: RU.\n", "line 8: a key"},
       {good, "change domain: ru.\n", "change name: ru.\n", "line 8: a class"},
       {good, "change domain: ru.\n", "change domain:  ru.\n", "line 8"},
       {good, "change domain: ru.\n", "changedomain: ru.\n", "line 8"},
       {good, "change domain: ru.\n", "create domain: ru.\n", "line 10: a `+` line"},
       {good, "change domain: ru.\n", "delete domain: ru.\n", "line 9: no line"},
       {good, "+ nserver", "* nserver", "line 9"},
       {good, "+ nserver", "+ colour", "line 9: an attribute"},
       {good, "+ nserver: ", "+ nserver:", "line 9"},
       {good, "+ nserver: ", "+ nserver:  ", "line 9"},
       {good, "- nserver", "= nserver", "line 10: `=` alone"},
       {good, "- nserver: b", "+ nserver: b", "line 10: lines sorted"},
       {good, "change host: a.b.\n+ address: 1.2.3.4\n", "change host: a.b.\n", "line 12: at least one"},
       {good, "change host: a.b.\n+ address: 1.2.3.4", "change domain: a.b.\n+ nserver: a.",
        "line 12: paragraphs sorted"},
       {good, "change host: a.b.\n+ address: 1.2.3.4", "change zone: a.b.\n+ nserver: a.",
        "line 12: paragraphs sorted"},
       {good, "\nchange host", "change host", "line 11"},
       {good, "\nchange host", "\n\nchange host", "line 12"}});
}

TEST(Record, RefusesWrongSignatures) {
  const std::string good = sample_ballot();
  const std::string first = sample_signature("MEMBER-A", 1);
  const std::string second = sample_signature("MEMBER-A", 2);
  const std::string body = good.substr(0, good.find("\n\n") + 1);
  const auto refused = [&](const std::string& block) {
    const auto record = Record::parse(std::string_view(body + block));
    EXPECT_FALSE(record) << block;
    return record ? std::string() : record.error().detail();
  };
  EXPECT_TRUE(Record::parse(std::string_view(body + "\n" + first + second)));
  EXPECT_EQ(refused("").substr(0, 7), "line 7:");
  for (const std::string& block :
       {std::string("\n"), "\n\n" + first, "\n" + second + first, "\n" + first + first, "\n" + first + "\n",
        "\n" + first + "x", "\n" + sample_signature("MEMBER-a", 1),
        "\n" + sample_signature("registry.example/root", 1), "\n" + first.substr(0, first.size() - 5) + "\n",
        std::string("\n- MEMBER-A AAAA\n"), "\n" + first + body, "\n" + first.substr(0, first.size() - 1),
        first}) {
    EXPECT_NE(refused(block), "");
  }
  std::string many = "\n";
  for (std::uint32_t i = 0; i <= 256; ++i) many += sample_signature("MEMBER-A", i + 1);
  EXPECT_NE(refused(many).find("at most 256"), std::string::npos);
}

TEST(Record, RefusesWrongGenesisAndBlocks) {
  const std::string block = sample_block();
  const std::string genesis = sample_genesis();
  expect_refused(
      {{block, "height: 12", "height: -1", "line 2: height"},
       {block, "time: 2026", "time: 1926", "line 3: time"},
       {block, "time: 2026", "time: 9000", "line 3: time"},  // what is added to it would have no name
       {block, "records: 3\n", "", "`records` here"},
       {block, "effect: executed", "effect: done", "line 5: effect"},
       {block, "effect: executed", "effect: published", "line 5: effect"},
       {block, "state: ", "state: *", "state"},
       {block, "state: ", "stat: ", "line 6"},
       {genesis, "clock: virtual", "clock: none", "clock"},
       {genesis, "log-key: A", "log-key: B", "log-key"},
       {genesis, "create charter", "change charter", ""},
       {genesis, "create organisation: ORG-A\n+ org-name: A\n", "create domain: ru.\n", "only create"},
       {genesis, "create charter: registry\n", "create host: a.\n", ""},
       {genesis, "\n\ncreate charter", "\npolicy: 3\n\ncreate charter", "`predecessor`"}});
  const std::string successor = sample_successor();
  expect_refused(
      {{successor, "predecessor: registry.example/root", "predecessor: Registry", "predecessor"},
       {successor, "checkpoint: 12", "checkpoint: 0", "checkpoint"},
       {successor, "checkpoint: 12", "checkpoint: 012", "checkpoint"},
       {successor, "policy: 3\n", "", "`policy` beside"},
       {successor, "roots: ", "roots: " + sample_hash(9) + " ", "roots"},
       {successor, "carried: 2", "carried: 0", "carried"},
       {successor, "carried: 2", "carried: 4096", "carried"},
       {successor, "carried: 2\n", "", "`carried` beside"},
       {successor, "consent: quorum", "consent: nobody", "consent"},
       {successor, "change member: MEMBER-A\n", "create member: MEMBER-A\n", "only change and delete"},
       {successor, "delete member: MEMBER-B", "delete organisation: ORG-B", "only change and delete"}});
  const std::string carry = sample_carry();
  expect_refused({{carry, "part: 2", "part: 0", "part"},
                  {carry, "tree: rules", "tree: ranges4", "tree"},
                  {carry, "\n\n|clock", "\n|clock", ""},
                  {carry, "|origin", "origin", "line 6: `|`"},
                  {carry, "|\n", "|\n\n", "line 8"},
                  {carry, "|\n", "|", "LF"},
                  {carry, "|\n", "|\n\n" + sample_signature("MEMBER-A", 1), "no signature"}});
  EXPECT_FALSE(Record::parse(std::string_view(carry).substr(0, carry.find('|'))));
  EXPECT_FALSE(Record::parse(std::string_view(block + "\n" + sample_signature("MEMBER-A", 1))));
  std::string many = block;
  const std::string effect = "effect: executed " + sample_hash(9) + "\n";
  std::string effects;
  for (int i = 0; i < 500; ++i) effects += effect;
  many.insert(many.find("effect:"), effects);
  EXPECT_FALSE(Record::parse(std::string_view(many)));
  many.erase(many.find("effect:"), effect.size());
  EXPECT_TRUE(Record::parse(std::string_view(many)));
}

TEST(Record, ReadsEveryKind) {
  for (const std::string& text : every_sample_record()) {
    const auto record = Record::parse(std::string_view(text));
    ASSERT_TRUE(record) << record.error().message() << "\n" << text;
    EXPECT_EQ(record->leaf(), text);
    EXPECT_TRUE(check_body(record->body()));
    EXPECT_EQ(kind_from_name(kind_name(record->kind())), record->kind());
  }
}

TEST(Record, ReadsTheFields) {
  const Record ballot = Record::parse(std::string_view(sample_ballot())).value();
  EXPECT_EQ(ballot.kind(), Kind::kBallot);
  EXPECT_EQ(ballot.origin(), "registry.example/root");
  EXPECT_EQ(ballot.by(), "MEMBER-A");
  EXPECT_EQ(ballot.value("vote"), "yes");
  EXPECT_EQ(ballot.proposal()->bytes[0], 9);
  EXPECT_EQ(ballot.epoch()->epoch, base::Epoch(3));
  EXPECT_EQ(ballot.epoch()->charter.bytes[0], 7);
  EXPECT_TRUE(ballot.expires().has_value());
  EXPECT_FALSE(ballot.block().has_value());
  ASSERT_EQ(ballot.signatures().size(), 1U);
  EXPECT_EQ(ballot.signatures()[0].name, "MEMBER-A");
  EXPECT_EQ(ballot.signatures()[0].key_id, 1U);

  const Record block = Record::parse(std::string_view(sample_block())).value();
  EXPECT_EQ(block.block()->height, base::Height(12));
  EXPECT_EQ(block.block()->records, 3U);
  EXPECT_EQ(block.block()->effects.size(), 1U);
  EXPECT_EQ(block.body(), block.leaf());

  const Record dispute = Record::parse(std::string_view(sample_dispute())).value();
  EXPECT_EQ(dispute.object(), (resource::ObjectId{resource::ObjectClass::kDomain, "ru."}));
  EXPECT_FALSE(dispute.proposal().has_value());
}

TEST(Record, IdIgnoresSignatures) {
  const std::string good = sample_ballot();
  const Record one = Record::parse(std::string_view(good)).value();
  const Record two = Record::parse(std::string_view(good + sample_signature("MEMBER-B", 5))).value();
  EXPECT_EQ(one.id(), two.id());
  std::string other = good;
  other.replace(other.find("vote: yes"), 9, "vote: no");
  EXPECT_NE(Record::parse(std::string_view(other)).value().id(), one.id());
}

TEST(Record, ViewsSurviveAMove) {
  Record first = Record::parse(std::string_view(sample_proposal())).value();
  const Record second = std::move(first);
  EXPECT_EQ(second.by(), "ORG-RIPN");
  EXPECT_EQ(second.changes()[1].key, "a.b.");
}

TEST(Record, OneByteOffIsRefusedOrAnotherRecord) {
  std::mt19937_64 random(5);  // NOLINT: the same values every run
  for (const std::string& good : every_sample_record()) {
    for (int i = 0; i < 2'000; ++i) {
      std::string text = good;
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + random() % 8);
          break;
        default:
          text.insert(at, 1, "\n :0a\xff"[random() % 6]);
      }
      if (const auto record = Record::parse(std::string_view(text))) {
        EXPECT_EQ(record->leaf(), text);
        EXPECT_EQ(reserialize(*record), text);
      }
    }
  }
}

}  // namespace
}  // namespace record
