// Aim: a signed zone is a function of the log: it begins, is signed piece by piece, is published, ages, is held and
// goes on the same way wherever the log is replayed or a snapshot was taken; nothing but the right signatures in the
// right record moves it. Method: blocks of ordinary records over a root zone of 65 delegations, in virtual time;
// every story is played again from its leaves, and again with a reload from texts before every block.
#include "registry/releases.h"

#include <algorithm>
#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "base/check.h"
#include "charter/release_entries.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "crypto/hash.h"
#include "publish/dns/release.h"
#include "publish/dns/zone_check.h"
#include "registry/replay.h"
#include "registry/succession.h"
#include "registry/zone_stage.h"
#include "resource/values.h"

namespace registry_tests {
namespace {

using actors::Draft;
using actors::kDay;
using actors::kHour;
using charter::ReleasePhase;

constexpr std::string_view kZsk = "group/zsk/1";
constexpr std::string_view kKsk = "group/ksk/1";

class ReleasesTest : public ::testing::Test {
 protected:
  ReleasesTest() {
    stage.put_key(std::string(kZsk), "zsk", "active");
    stage.put_key(std::string(kKsk), "ksk", "active");
    stage.pass(kHour);
  }

  void first_release() {
    stage.tick();
    stage.sign_all();
    ASSERT_NE(stage.registry().releases().published("."), nullptr);
  }
  const publish::SignedZone& zone() const { return *stage.registry().releases().published("."); }
  /// The published zone is what its entry says, and good at this moment.
  void expect_good_zone() const {
    const std::string text = zone().text();
    const auto& entry = *stage.entry().published;
    EXPECT_EQ(crypto::sha256(base::as_bytes(text)), entry.text);
    EXPECT_EQ(codec::serialize_base64(zone().digest()), entry.digest);
    publish::VerifiedSignatures known;
    const auto checked = publish::check_zone(text, ".", stage.now, {}, known);
    EXPECT_TRUE(checked) << checked.error().message();
  }
  std::vector<Draft> delete_domain(int number) const {
    return stage.import({actors::erase("domain", more_domain(number))}, "delete " + std::to_string(number));
  }
  std::vector<Draft> add_ds(int number, const std::string& tag = "1") const {
    return stage.import({actors::change("domain", more_domain(number),
                                        {"+ ds-rdata: " + tag + " 8 2 " + std::string(64, 'A')})},
                        "ds " + std::to_string(number) + tag);
  }
  std::size_t dnskeys() const { return zone().find(".", publish::kTypeDnskey)->records.data.size(); }
  static crypto::PublicKey public_key(std::string_view label) {
    crypto::PublicKey key;
    CHECK(resource::read_key(actors::Key::of(std::string(label)).text(), key));
    return key;
  }
  /// What is held goes out by a ballot.
  void publish_held() {
    stage.cast.now = stage.now;
    stage.play(stage.voted(stage.cast.proposal(
        "MEMBER-A", "A", {}, {{"publish", codec::serialize_base64(stage.entry().held->batch.view())}})));
  }
  /// Class G: S votes, no lock while founding lasts.
  std::vector<Draft> order_drafts(const std::string& order) {
    stage.cast.now = stage.now;
    return actors::with_votes(stage.cast, stage.cast.proposal("MEMBER-A", "G", {}, {{"ceremony", order}}), 3);
  }
  void order(const std::string& text) { stage.play(order_drafts(text)); }
  /// At this moment, which a block has to bring.
  std::string refused_order(const std::string& text) {
    stage.tick();
    return stage.refusal(order_drafts(text).front());
  }
  std::string effect_line() const {
    const std::string& text = stage.blocks.back().block_record;
    const auto at = text.find("effect: published");
    return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
  }
  /// Plays the story's leaves into a registry of its first state: the same block records.
  void expect_replays() const {
    for (const auto rehash : {registry::Rehash::kEveryBlock, registry::Rehash::kLater}) {
      registry::Registry again = registry_of(stage.before_blocks);
      charter::DirectChecker checker;
      base::LeafIndex index;
      for (const PlayedBlock& block : stage.blocks) {
        std::vector<record::Record> records;
        for (const std::string& leaf : block.leaves) records.push_back(*record::Record::parse(leaf));
        const auto end = record::Record::parse(block.block_record);
        const auto replayed = registry::replay_block(again, records, *end, index, checker, rehash);
        ASSERT_TRUE(replayed) << replayed.error().message();
        index = base::LeafIndex(index.value() + records.size() + 1);
        if (&block == &stage.blocks.back()) {
          ASSERT_TRUE(registry::check_last_state(again, *end, index));
        }
      }
      EXPECT_EQ(again.releases().texts(), stage.registry().releases().texts());
    }
  }

  ZoneStage stage;
};

TEST_F(ReleasesTest, RefusesWhatIsNotExactlyThePiece) {
  stage.tick();
  const Draft good = stage.piece(0);
  const auto spoilt = [&](std::string_view name, const std::string& value) {
    Draft draft = stage.piece(0);
    for (auto& [key, old] : draft.attributes) {
      if (key == name) {
        old = value;
        break;
      }
    }
    return stage.refusal(draft);
  };
  const std::string serial = std::to_string(stage.entry().serial);
  EXPECT_NE(
      spoilt("release", ". " + std::to_string(stage.entry().serial - 1)).find("has the serial " + serial),
      std::string::npos);
  EXPECT_NE(spoilt("release", "other. " + serial).find("none of other."), std::string::npos);
  EXPECT_NE(spoilt("release", ". 99999999999").find("32-bit serial"), std::string::npos);
  EXPECT_NE(spoilt("batch", actors::some_commitment("x")).find("batch: "), std::string::npos);
  EXPECT_NE(spoilt("first", "500").find("pieces begin at"), std::string::npos);
  EXPECT_NE(spoilt("first", "1").find("pieces begin at"), std::string::npos);
  EXPECT_NE(spoilt("first", "1000000").find("below 1,000,000"), std::string::npos);
  EXPECT_NE(spoilt("signature", good.attributes[6].second).find("order"), std::string::npos);  // twice
  EXPECT_NE(spoilt("signature", "000000 AAAA").find("64 octets"), std::string::npos);
  EXPECT_NE(spoilt("signature", "00000x" + good.attributes[5].second.substr(6)).find("six digits"),
            std::string::npos);
  EXPECT_NE(spoilt("signature", "000000" + good.attributes[6].second.substr(6)).find("position 0 (. NS)"),
            std::string::npos);
  Draft short_one = good;
  short_one.attributes.erase(short_one.attributes.end() - 2);
  EXPECT_NE(stage.refusal(short_one).find("this piece has"), std::string::npos);
  Draft with_hole = good;
  with_hole.attributes.erase(with_hole.attributes.begin() + 7);
  EXPECT_NE(stage.refusal(with_hole).find("position 2 is expected, not 3"), std::string::npos);
  Draft too_long = good;
  too_long.attributes.insert(too_long.attributes.end() - 1,
                             {"signature", "000999" + good.attributes[5].second.substr(6)});
  EXPECT_NE(stage.refusal(too_long).find("is expected, not 999"), std::string::npos);
  EXPECT_EQ(stage.refusal(good), "");
}

TEST_F(ReleasesTest, RefusesOtherSigners) {
  stage.tick();
  Draft draft = stage.piece(0);
  draft.signings = {{"MEMBER-A", "MEMBER-A/governance/1"}};
  EXPECT_NE(stage.refusal(draft), "");
  draft.signings = {{"MEMBER-A", "MEMBER-A/operator/1", actors::Signing::Fault::kForged}};
  EXPECT_NE(stage.refusal(draft), "");
  draft = stage.piece(0);
  draft.attributes[0].second = "MEMBER-Z";
  EXPECT_NE(stage.refusal(draft).find("MEMBER-Z"), std::string::npos);
  draft = stage.piece(0);
  draft.attributes[0].second = "ORG-ALFA";
  EXPECT_NE(stage.refusal(draft).find("a member's handle"), std::string::npos);
  draft = stage.piece(0);
  draft.attributes.back().second = actors::time_text(stage.now);
  EXPECT_NE(stage.refusal(draft).find("expires"), std::string::npos);
}

TEST_F(ReleasesTest, FirstValidPieceStands) {
  stage.tick();
  const Draft mine = stage.piece(0, "MEMBER-A");
  const Draft other = stage.piece(0, "MEMBER-B");
  stage.play({mine});
  EXPECT_NE(stage.refusal(mine), "");
  EXPECT_NE(stage.refusal(other).find("batch: "),
            std::string::npos);  // the block's end has laid out the next
  EXPECT_EQ(stage.entry().under_way->phase, ReleasePhase::kZonemd);
  EXPECT_EQ(stage.entry().under_way->positions, 1U);
  // In one block the second is refused.
  const Draft digest = stage.piece(0, "MEMBER-A");
  const Draft late = stage.piece(0, "MEMBER-C");
  stage.registry().begin_block(stage.now);
  charter::DirectChecker checker;
  EXPECT_TRUE(stage.registry().apply(*record::Record::parse(digest.leaf()), checker));
  const auto refused = stage.registry().apply(*record::Record::parse(late.leaf()), checker);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("stand on the log already"), std::string::npos);
  stage.registry().end_block();
  expect_good_zone();
}

TEST_F(ReleasesTest, PublishesWithAnEffect) {
  first_release();
  expect_good_zone();
  EXPECT_EQ(effect_line(), "effect: published . " + std::to_string(zone().serial()) + " " +
                               codec::serialize_base64(zone().digest()));
  EXPECT_EQ(zone().serial(), 2026010100U);
  EXPECT_FALSE(stage.entry().under_way);
  EXPECT_EQ(stage.registry().charter().piece("./1/000000"), nullptr);
  const std::string before = zone().text();
  stage.pass(kHour);
  stage.tick();
  EXPECT_FALSE(stage.entry().under_way);
  stage.play(add_ds(3));
  ASSERT_TRUE(stage.entry().under_way);
  EXPECT_LE(stage.entry().under_way->positions, 4U);  // SOA, DS, NSEC, DNSKEY of the new week at most
  EXPECT_EQ(zone().text(), before);
  stage.sign_all();
  EXPECT_EQ(zone().serial(), 2026010101U);
  expect_good_zone();
  EXPECT_NE(zone().text().find("d03. 86400 IN DS 1 8 2 AAAA"), std::string::npos);
  expect_replays();
}

TEST_F(ReleasesTest, NothingWithoutBothKeys) {
  ZoneStage bare;
  bare.pass(kHour);
  bare.put_key("group/zsk/1", "zsk", "active");
  bare.put_key("group/ksk/2", "ksk", "standby");
  bare.put_key("group/log/1", "log", "active");
  bare.tick();
  EXPECT_EQ(bare.registry().charter().release("."), nullptr);
  EXPECT_EQ(bare.registry().releases().batch("."), nullptr);
}

TEST_F(ReleasesTest, GoesOnWithItsOwnContent) {
  stage.tick();
  stage.sign_all(1);
  stage.play(add_ds(1));  // in the middle of the first release
  EXPECT_EQ(stage.entry().under_way->phase, ReleasePhase::kZonemd);
  stage.sign_all(1);
  EXPECT_EQ(zone().text().find(" IN DS "), std::string::npos);
  ASSERT_TRUE(stage.entry().under_way);  // the next begins in the block that ends the one before
  stage.sign_all(2);
  EXPECT_NE(zone().text().find(" IN DS "), std::string::npos);
  expect_good_zone();
  expect_replays();
}

TEST_F(ReleasesTest, ReloadsAtEveryBlockChangeNothing) {
  ZoneStage reloading;
  reloading.put_key(std::string(kZsk), "zsk", "active");
  reloading.put_key(std::string(kKsk), "ksk", "active");
  reloading.pass(kHour);
  reloading.reloads = true;
  for (ZoneStage* one : {&stage, &reloading}) {
    one->tick();
    one->sign_all(1);
    one->tick();
    one->sign_all(1);
    one->pass(kDay);
    one->play(one->import({actors::erase("domain", more_domain(1)), actors::erase("domain", more_domain(2))},
                          "two"));
    one->sign_all(1);
    one->tick();
    one->sign_all(1);  // held
    one->tick();
    ASSERT_TRUE(one->entry().held);
    one->pass(9 * kDay);
    one->tick();
    one->sign_all(1);
    one->tick();
    one->sign_all(3);
    one->pass(9 * kDay);
    one->tick();
    one->sign_all(1);
  }
  ASSERT_EQ(stage.blocks.size(), reloading.blocks.size());
  for (std::size_t i = 0; i < stage.blocks.size(); ++i)
    ASSERT_EQ(stage.blocks[i].block_record, reloading.blocks[i].block_record) << i;
  expect_replays();
}

TEST_F(ReleasesTest, SnapshotWithoutItsZonesIsRefused) {
  first_release();
  const Texts whole = texts_of(stage.registry());
  ASSERT_EQ(whole.zones.size(), 1U);
  const auto restored = [&](std::vector<std::string> zones) {
    auto made = registry::Registry::from_texts(whole.objects, whole.rules, 1);
    CHECK(made.has_value());
    const std::vector<std::string_view> views(zones.begin(), zones.end());
    const auto done = made->restore_zones(views);
    return done ? "" : done.error().message();
  };
  EXPECT_EQ(restored(whole.zones), "");
  EXPECT_NE(restored({}).find("missing"), std::string::npos);
  std::string other = whole.zones[0];
  other[other.size() / 2] ^= 1;
  EXPECT_NE(restored({other}).find("missing"), std::string::npos);
  EXPECT_NE(restored({whole.zones[0], other}).find("no release names"), std::string::npos);
  EXPECT_NE(restored({whole.zones[0], whole.zones[0]}).find("twice"), std::string::npos);
}

TEST_F(ReleasesTest, HoldsWhatGoesOverTheBounds) {
  first_release();
  const std::string before = zone().text();
  stage.play(stage.import({actors::erase("domain", more_domain(1)), actors::erase("domain", more_domain(2))},
                          "two"));
  const auto vote = [&](const std::string& batch) {
    stage.cast.now = stage.now;
    return stage.voted(stage.cast.proposal("MEMBER-A", "A", {}, {{"publish", batch}}));
  };
  const auto held_batch = [&] { return codec::serialize_base64(stage.entry().held->batch.view()); };
  EXPECT_NE(stage.refusal(vote(actors::some_commitment("x")).front()).find("no zone is held"),
            std::string::npos);
  stage.sign_all();
  ASSERT_TRUE(stage.entry().held);
  EXPECT_EQ(effect_line(), "");
  EXPECT_EQ(zone().text(), before);
  const std::string waiting = stage.registry().releases().held(".")->text();
  EXPECT_EQ(waiting.find("d01. "), std::string::npos);
  // An organisation cannot ask for it, nobody with paragraphs.
  stage.cast.now = stage.now;
  EXPECT_NE(stage.refusal(stage.cast.proposal("ORG-ALFA", "A", {}, {{"publish", held_batch()}})), "");
  EXPECT_NE(stage.refusal(stage.cast.proposal(
                "MEMBER-A", "U", {actors::erase("domain", more_domain(9))},
                {{"publish", held_batch()}, {"upstream", actors::some_commitment("u") + " 1"}})),
            "");
  stage.play(vote(held_batch()));
  EXPECT_NE(effect_line(), "");
  EXPECT_EQ(zone().text(), waiting);
  EXPECT_FALSE(stage.entry().held);
  EXPECT_FALSE(stage.entry().under_way);
  expect_good_zone();
  expect_replays();
}

TEST_F(ReleasesTest, OtherContentTakesThePlaceOfWhatIsHeld) {
  first_release();
  stage.play(stage.import({actors::erase("domain", more_domain(1)), actors::erase("domain", more_domain(2))},
                          "two"));
  stage.sign_all();
  ASSERT_TRUE(stage.entry().held);
  const auto back = [](int number) {
    return actors::create(
        "domain", more_domain(number),
        {"+ holder: UNCLAIMED", "+ status: active", "+ nserver: a.nic.free.", "+ nserver: b.nic.free."});
  };
  stage.play(stage.import({back(1), back(2)}, "back"));
  stage.sign_all();
  EXPECT_FALSE(stage.entry().held);
  EXPECT_EQ(zone().serial(), 2026010102U);
  expect_good_zone();
  expect_replays();
}

TEST_F(ReleasesTest, RenewsThePublishedZoneWhileAnotherIsHeld) {
  first_release();
  stage.pass(6 * kDay);
  stage.play(stage.import({actors::erase("domain", more_domain(1)), actors::erase("domain", more_domain(2))},
                          "two"));
  stage.sign_all();
  ASSERT_TRUE(stage.entry().held);
  // The old content is renewed whenever it ages; nothing of the new shows, and its vote stands.
  const base::Hash batch = stage.entry().held->batch;
  for (int renewals = 0; renewals < 5; ++renewals) {
    stage.now = *stage.registry().next_due();
    stage.tick();
    ASSERT_TRUE(stage.entry().under_way && stage.entry().under_way->is_renewal);
    stage.sign_all();
    expect_good_zone();
    EXPECT_NE(zone().text().find("d01. "), std::string::npos);
    ASSERT_TRUE(stage.entry().held && stage.entry().held->batch == batch);
  }
  // An approval now needs a later serial: it is signed anew, and goes out without another vote.
  stage.cast.now = stage.now;
  stage.play(stage.voted(stage.cast.proposal(
      "MEMBER-A", "A", {}, {{"publish", codec::serialize_base64(stage.entry().held->batch.view())}})));
  ASSERT_TRUE(stage.entry().under_way && stage.entry().under_way->is_approved)
      << charter::serialize_entry(stage.entry()) << stage.blocks.back().block_record;
  stage.sign_all();
  EXPECT_FALSE(stage.entry().held);
  EXPECT_EQ(zone().text().find("d01. "), std::string::npos);
  expect_good_zone();
  expect_replays();
}

TEST_F(ReleasesTest, AgesOverWeeks) {
  first_release();
  std::uint32_t serial = zone().serial();
  std::set<std::uint64_t> days;
  const base::EpochSeconds end = stage.now + base::Seconds(70 * kDay);
  int releases = 0;
  while (*stage.registry().next_due() <= end) {
    stage.now = *stage.registry().next_due();
    stage.tick();
    ASSERT_TRUE(stage.entry().under_way) << actors::time_text(stage.now);
    stage.sign_all();
    ASSERT_FALSE(stage.entry().under_way);
    EXPECT_GT(zone().serial(), serial);
    serial = zone().serial();
    EXPECT_TRUE(days.insert(stage.now.value() / kDay).second) << "two releases in a day by age alone";
    expect_good_zone();
    ++releases;
  }
  EXPECT_GE(releases, 10);
  EXPECT_LE(releases, 70);
  expect_replays();
}

TEST_F(ReleasesTest, GivesUpWhatNobodySigns) {
  first_release();
  stage.play(add_ds(4));
  const auto first = *stage.entry().under_way;
  const std::uint32_t serial = stage.entry().serial;
  EXPECT_EQ(*stage.registry().next_due(), first.time + publish::kRefreshBefore);
  const Draft late = stage.piece(0);
  stage.now = *stage.registry().next_due();
  stage.tick();
  ASSERT_TRUE(stage.entry().under_way);
  EXPECT_GT(stage.entry().serial, serial);
  EXPECT_NE(stage.refusal(late), "");
  stage.sign_all();
  EXPECT_NE(zone().text().find(" IN DS "), std::string::npos);
  expect_good_zone();
  expect_replays();
}

TEST_F(ReleasesTest, RollsTheZsk) {
  first_release();
  stage.put_key("group/zsk/2", "zsk", "standby");
  stage.pass(9 * kDay);
  EXPECT_NE(refused_order("roll zsk").find("does not show the standby"), std::string::npos)
      << "nine days old, and nobody has seen it";
  stage.sign_all();
  EXPECT_NE(refused_order("roll zsk").find("does not show the standby"), std::string::npos) << "it is held";
  publish_held();
  const base::EpochSeconds shown = stage.now;
  EXPECT_EQ(dnskeys(), 3U);
  stage.pass(4 * kDay - 1);
  const std::string early = refused_order("roll zsk");
  EXPECT_NE(early.find("it may from " + actors::time_text(shown + base::Seconds(4 * kDay))),
            std::string::npos)
      << early;
  stage.pass(1);
  stage.tick();
  stage.sign_all();
  order("roll zsk");
  EXPECT_FALSE(stage.entry().under_way) << "the same keys, and every signature still serves";
  stage.play(add_ds(5));
  ASSERT_TRUE(stage.entry().under_way);
  const auto leaving = std::ranges::count_if(stage.entry().under_way->keys, [](const std::string& line) {
    return line.starts_with("256 leaving ");
  });
  EXPECT_EQ(leaving, 1);
  stage.sign_all();
  EXPECT_FALSE(stage.entry().held) << "the same three keys: no ballot";
  expect_good_zone();
  // Signatures of the old key leave as they age. Caches keep them for the longest TTL: the key stays so much longer, and
  // two days for secondaries; then it leaves, by a ballot.
  const std::string tag =
      " " + std::to_string(publish::key_tag({publish::kZskFlags, public_key(kZsk), {}})) + " . ";
  std::optional<base::EpochSeconds> idle;
  while (dnskeys() == 3) {
    stage.now = *stage.registry().next_due();
    stage.tick();
    stage.sign_all();
    if (!idle && zone().text().find(tag) == std::string::npos) idle = stage.now;
    if (stage.entry().held) {
      ASSERT_TRUE(idle);
      EXPECT_GE(stage.now, *idle + base::Seconds(2 * kDay + 172'800));
      publish_held();
      EXPECT_EQ(dnskeys(), 2U);
    }
    expect_good_zone();
    ASSERT_LT(stage.now, shown + base::Seconds(40 * kDay));
  }
  expect_replays();
}

TEST_F(ReleasesTest, KeysThatChangeBeginItAnew) {
  stage.put_key("group/zsk/2", "zsk", "standby");
  stage.tick();
  const auto before = *stage.entry().under_way;
  stage.pass(5 * kDay);
  order("roll zsk");  // nothing was ever published: nobody has to have seen it
  ASSERT_TRUE(stage.entry().under_way);
  EXPECT_NE(stage.entry().under_way->batch, before.batch);
  EXPECT_NE(stage.entry().under_way->keys, before.keys);
  stage.sign_all();
  EXPECT_EQ(dnskeys(), 2U) << "a key that no zone has shown does not have to leave one";
  expect_good_zone();
  expect_replays();
}

TEST_F(ReleasesTest, RollsTheKskWithARevokedKey) {
  stage.put_key("group/ksk/2", "ksk", "standby");
  first_release();
  const base::EpochSeconds shown = stage.now;
  stage.pass(29 * kDay);
  EXPECT_NE(
      refused_order("roll ksk").find("it may from " + actors::time_text(shown + base::Seconds(40 * kDay))),
      std::string::npos);
  // Founding lasts 30 days, and then there are locks: the rolled keys are put there.
  stage.put_key("group/ksk/1", "ksk", "revoked");
  stage.put_key("group/ksk/2", "ksk", "active");
  stage.tick();
  ASSERT_TRUE(stage.entry().under_way);
  stage.sign_all();
  ASSERT_TRUE(stage.entry().held) << "the DNSKEY set changed: a ballot";
  // The ballot takes its time, and the old zone is renewed by the old key. The 30 days are those that people see it.
  for (int i = 0; i < 5; ++i) {
    stage.now = *stage.registry().next_due();
    stage.tick();
    stage.sign_all();
    EXPECT_EQ(zone().text().find(" DNSKEY 385 "), std::string::npos);
    expect_good_zone();
  }
  publish_held();
  while (stage.entry().under_way) stage.sign_all();
  EXPECT_NE(zone().text().find(" DNSKEY 385 "), std::string::npos);
  expect_good_zone();
  const base::EpochSeconds leaves = stage.now + base::Seconds(30 * kDay);
  while (stage.now < leaves) {
    EXPECT_NE(zone().text().find(" DNSKEY 385 "), std::string::npos);
    stage.now = *stage.registry().next_due();
    ASSERT_LE(stage.now, leaves);
    stage.tick();
    stage.sign_all();
  }
  ASSERT_TRUE(stage.entry().held);
  publish_held();
  EXPECT_EQ(zone().text().find(" DNSKEY 385 "), std::string::npos);
  EXPECT_EQ(stage.entry().shown.size(), 2U);
  expect_good_zone();
  expect_replays();
}

TEST_F(ReleasesTest, AStandbyKeyWithTheTagOfAnotherStaysOutAndIsReplaced) {
  constexpr std::string_view kSameTag = "group/ksk/12651";  // found by trying
  ASSERT_EQ(publish::key_tag({publish::kKskFlags, public_key(kSameTag), {}}),
            publish::key_tag({publish::kZskFlags, public_key(kZsk), {}}));
  first_release();
  stage.put_key(std::string(kSameTag), "ksk", "standby");
  stage.play(add_ds(1));
  stage.sign_all();
  EXPECT_FALSE(stage.entry().held);
  EXPECT_EQ(dnskeys(), 2U);
  expect_good_zone();
  stage.pass(40 * kDay);
  EXPECT_NE(refused_order("roll ksk").find("does not show"), std::string::npos);
  EXPECT_EQ(refused_order("generate ksk"), "") << "nobody has seen it";
  // As the ceremony leaves them.
  stage.put_key(std::string(kSameTag), "ksk", "retiring");
  stage.put_key("group/ksk/2", "ksk", "standby");
  stage.tick();
  stage.sign_all();
  ASSERT_TRUE(stage.entry().held);
  EXPECT_EQ(refused_order("generate ksk"), "");
  publish_held();
  EXPECT_EQ(dnskeys(), 3U);
  EXPECT_NE(refused_order("generate ksk").find("stands already"), std::string::npos);
  expect_good_zone();
  expect_replays();
}

TEST_F(ReleasesTest, WhatIsShownIsReadStrictly) {
  first_release();
  const std::string text = charter::serialize_entry(stage.entry());
  const auto at = text.find("shown: ");
  const auto end = text.find('\n', at) + 1;
  const std::string line = text.substr(at, end - at);
  const auto reads = [&](const std::string& lines) {
    charter::ReleaseEntry entry;
    return charter::read_entry(text.substr(0, at) + lines + text.substr(end), entry);
  };
  EXPECT_TRUE(reads(line));
  EXPECT_FALSE(reads(line + line)) << "twice";
  const auto with = [&](std::string_view before, std::string_view after) {
    std::string other = line;
    other.replace(other.find(before), before.size(), after);
    return other;
  };
  const std::string word = line.contains(" signs ") ? " signs " : " idle ";
  EXPECT_FALSE(reads(with(word, " sleeps ")));
  EXPECT_FALSE(reads(with(word, word + " ")));
  EXPECT_FALSE(reads(with(" 25", " 6553600")));
  EXPECT_FALSE(reads(with(" 25", " 025")));
  EXPECT_FALSE(reads(with("Z\n", "\n")));
  EXPECT_FALSE(reads(with("Z\n", "Z \n")));
  EXPECT_FALSE(reads("shown: \n"));
}

TEST_F(ReleasesTest, ASuccessorSignsAnewUnderALaterSerial) {
  first_release();
  stage.play(add_ds(1));
  stage.play({stage.piece(0)});  // phase zonemd: all that a release can have under way
  const charter::State& state = stage.registry().charter();
  constexpr std::string_view kNewOrigin = "new.example/root";
  const auto carried = registry::carry_state(state, kNewOrigin);
  ASSERT_TRUE(carried) << carried.error().message();
  Draft draft{.kind = "genesis", .origin = std::string(kNewOrigin)};
  draft.set("time", actors::time_text(stage.now)).set("clock", "virtual");
  draft.set("log-key", actors::Key::of("new-log").text());
  draft.set("predecessor",
            std::string(actors::kOrigin) + " " + codec::serialize_base64(state.genesis_id().view()));
  draft.set("checkpoint", "99 " + codec::serialize_base64(base::Hash().view()));
  draft.set("policy", std::to_string(state.policy_epoch().value()));
  draft.set("roots", registry::roots_text(stage.registry().roots()));
  draft.set("carried", std::to_string(carried->size())).set("consent", "quorum");
  for (const char* member : {"MEMBER-A", "MEMBER-B", "MEMBER-C"})
    draft.sign(member, stage.cast.party(member).quorum_of("governance"));
  draft.sign(std::string(kNewOrigin), {"new-log"});
  std::vector<record::Record> records;
  for (const std::string& leaf : *carried) records.push_back(*record::Record::parse(leaf));
  charter::DirectChecker checker;
  std::string block;
  auto made = registry::Registry::found(*record::Record::parse(draft.leaf()), checker, block, records);
  ASSERT_TRUE(made) << made.error().message();
  const charter::ReleaseEntry* entry = made->charter().release(".");
  ASSERT_NE(entry, nullptr);
  charter::ReleaseEntry left;  // since when keys were seen: resolvers notice nothing of a succession
  left.serial = stage.entry().serial;
  left.shown = stage.entry().shown;
  EXPECT_EQ(left.shown.size(), 2U);
  EXPECT_EQ(charter::serialize_entry(*entry), charter::serialize_entry(left));
  EXPECT_EQ(made->charter().piece("./1/000000"), nullptr);
  made->begin_block(stage.now);
  made->end_block();
  entry = made->charter().release(".");
  EXPECT_EQ(entry->serial, stage.entry().serial + 1);
  ASSERT_TRUE(entry->under_way);
  EXPECT_FALSE(entry->published);
  EXPECT_GT(entry->under_way->positions, stage.entry().under_way->positions) << "every set is signed";
}

TEST_F(ReleasesTest, DrawsOnTheBudget) {
  ZoneStage poor;
  poor.put_key(std::string(kZsk), "zsk", "active");
  poor.put_key(std::string(kKsk), "ksk", "active");
  poor.pass(kHour);
  poor.tick();
  // A member's day has 16,000,000 octets: other records use them up.
  Texts texts = texts_of(poor.registry());
  for (std::string& text : texts.rules) {
    if (text.starts_with("budget: MEMBER-B\n"))
      text.replace(text.find("main: "), text.find("\nreserve") - text.find("main: "), "main: 10 15999000");
  }
  poor.registry() = registry_of(texts);
  EXPECT_NE(poor.refusal(poor.piece(0, "MEMBER-B")).find("budget"), std::string::npos);
  EXPECT_EQ(poor.refusal(poor.piece(0, "MEMBER-C")), "");
}

}  // namespace
}  // namespace registry_tests
