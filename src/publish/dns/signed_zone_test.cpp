// Aim: the signed zone is what RFC 4034, 4035, 8976 and our format say, releases sign again exactly what they
// must, and nothing that does not verify gets in. Method: RFC 8080's example, a small zone whose text is
// written out here, and releases one after another with ordinary keys, looking at what each batch asks for.
#include "publish/dns/signed_zone.h"

#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "publish/dns/objects_for_test.h"
#include "publish/dns/signature_records.h"
#include "publish/dns/signing_for_test.h"
#include "publish/dns/trust_anchor.h"
#include "publish/dns/zone_check.h"
#include "publish/dns/zone_sets.h"

namespace publish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t kDay = 86'400;
constexpr std::uint64_t kNoon = 1'787'400'000;  // Saturday, 2026-08-22T12:00:00Z

/// Two delegations, one with DS, glue below one and at one, and a name of the zone's own.
Objects small_registry() {
  Objects objects;
  objects.put(zone_object(".", "nserver: a.srv.\n"));
  objects.put(host_object("a.srv.", "address: 192.0.2.1\naddress: 2001:db8::1\n"));
  objects.put(host_object("ns.com.", "address: 192.0.2.2\n"));
  objects.put(host_object("net.", "address: 192.0.2.3\n"));
  objects.put(domain_object(
      "com.", "nserver: a.srv.\nnserver: ns.com.\nds-rdata: 7 8 2 " + std::string(64, 'A') + "\n"));
  objects.put(domain_object("net.", "nserver: net.\n"));
  return objects;
}

/// Signature octets and the digest's digits put away.
std::string without_crypto(const std::string& text) {
  const std::string short_signatures = std::regex_replace(text, std::regex("[A-Za-z0-9+/]{86}=="), "SIG");
  return std::regex_replace(short_signatures, std::regex("[0-9A-F]{96}"), "DIGEST");
}

std::string refusal(const Release& release) {
  const auto checked = check_release(release);
  return checked ? "accepted" : checked.error().detail();
}

TEST(CheckRelease, RefusesWhatNoReleaseMayBe) {
  const Release good = test_release(1, kNoon);
  EXPECT_EQ(refusal(good), "accepted");
  const auto with = [&](auto change) {
    Release release = good;
    change(release);
    return refusal(release);
  };
  EXPECT_THAT(with([](Release& r) { r.apex = "Com."; }), HasSubstr("apex"));
  EXPECT_THAT(with([](Release& r) { r.time = base::EpochSeconds(kDay - 1); }), HasSubstr("times"));
  EXPECT_EQ(with([](Release& r) { r.time = base::EpochSeconds(4'291'747'200); }), "accepted");
  EXPECT_THAT(with([](Release& r) { r.time = base::EpochSeconds(4'291'747'201); }), HasSubstr("times"));
  EXPECT_THAT(with([](Release& r) { r.keys[0].duty = KeyDuty::kLeaving; }), HasSubstr("exactly one"));
  EXPECT_THAT(with([](Release& r) { r.keys[1].duty = KeyDuty::kStandby; }),
              HasSubstr("no key signs the keys"));
  EXPECT_THAT(with([](Release& r) { r.keys[1].flags = kRevokedKskFlags; }),
              HasSubstr("no key signs the keys"));
  EXPECT_THAT(with([](Release& r) { r.keys[0].flags = kKskFlags; }), HasSubstr("do not fit"));
  EXPECT_THAT(with([](Release& r) { r.keys[2].flags = kRevokedKskFlags; }), HasSubstr("do not fit"));
  EXPECT_THAT(with([](Release& r) { r.keys[2].flags = 0; }), HasSubstr("do not fit"));
  EXPECT_THAT(with([](Release& r) { r.keys[2].public_key = r.keys[0].public_key; }), HasSubstr("twice"));
  EXPECT_THAT(with([](Release& r) { r.keys[2].public_key = {}; }), HasSubstr("prime order"));
  EXPECT_THAT(with([](Release& r) { r.keys.push_back({kZskFlags, test_keys()[3], KeyDuty::kSignsZone}); }),
              HasSubstr("exactly one"));
  EXPECT_THAT(with([](Release& r) { r.keys.resize(kZoneKeysMax + 1); }), HasSubstr("16 keys"));
  EXPECT_THAT(with([](Release& r) { r.prepared.resize(kPreparedMax + 1); }), HasSubstr("64"));
}

TEST(SignatureTimes, EndAtSevenMidnights) {
  std::set<std::uint64_t> ends;
  for (int i = 0; i < 200; ++i) {
    const auto times = signature_times("t" + std::to_string(i) + ".", kTypeNsec, base::EpochSeconds(kNoon));
    EXPECT_EQ(times.inception.value(), kNoon - 3600);
    EXPECT_EQ(times.expiration.value() % kDay, 0U);
    ends.insert(times.expiration.value() / kDay - kNoon / kDay);
  }
  EXPECT_THAT(ends, ElementsAre(15, 16, 17, 18, 19, 20, 21));
  // Any moment of the day gives the same end, so a day has one release for ageing.
  EXPECT_EQ(signature_times("com.", kTypeDs, base::EpochSeconds(kNoon)).expiration,
            signature_times("com.", kTypeDs, base::EpochSeconds(kNoon + kDay / 2 - 1)).expiration);
  EXPECT_NE(signature_times("com.", kTypeDs, base::EpochSeconds(kNoon)).expiration,
            signature_times("com.", kTypeDs, base::EpochSeconds(kNoon + kDay / 2)).expiration);
}

TEST(SignatureTimes, OfTheKeySetFollowTheWeek) {
  const std::uint64_t week = 7 * kDay;
  const auto times = key_set_times(base::EpochSeconds(kNoon));
  EXPECT_EQ(times.inception.value(), kNoon / week * week - 3600);
  EXPECT_EQ(times.expiration.value(), kNoon / week * week + 3 * week);
  EXPECT_EQ(key_set_times(base::EpochSeconds(kNoon / week * week)), times);
  EXPECT_EQ(key_set_times(base::EpochSeconds(kNoon / week * week + week - 1)), times);
  EXPECT_FALSE(is_aging(times, base::EpochSeconds(times.expiration.value() - week - 1)));
  EXPECT_TRUE(is_aging(times, base::EpochSeconds(times.expiration.value() - week)));
}

// RFC 8080 section 6.1.
TEST(SignatureRecords, AreThoseOfTheStandardsExample) {
  const auto seed = codec::parse_base64("ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=");
  ASSERT_TRUE(seed);
  const auto secret = crypto::SecretKey::from_seed(*seed);
  const ZoneKey key{kKskFlags, secret.public_key(), KeyDuty::kSignsKeys};
  EXPECT_EQ(codec::serialize_base64(secret.public_key().bytes),
            "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=");
  EXPECT_EQ(key_tag(key), 3613);
  EXPECT_EQ(trust_anchor_ds("example.com.", 3600, std::span(&key, 1)),
            "example.com. 3600 IN DS 3613 15 2 "
            "3AA5AB37EFCE57F737FC1627013FEE07BDF241BD10F3B1964AB55C78E79A304B\n");
  EXPECT_EQ(trust_anchor_keys("example.com.", 3600, std::span(&key, 1)),
            "example.com. 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n");
  base::Bytes mx{0, 10};
  for (const base::Byte octet : wire_name("mail.example.com.")) mx.push_back(octet);
  const RecordSet set{"example.com.", 15, 3600, {mx}};
  const SignatureTimes times{base::EpochSeconds(1438207200), base::EpochSeconds(1440021600)};
  const auto bytes = bytes_to_sign(set, "example.com.", times, 3613);
  EXPECT_EQ(codec::serialize_base64(secret.sign(bytes).bytes),
            "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==");
}

TEST(SignedZone, IsTheZoneWithWhatASignerAdds) {
  const SignedZone zone = sign_zone(small_registry(), test_release(2026082200, kNoon));
  EXPECT_EQ(zone.serial(), 2026082200U);
  EXPECT_EQ(without_crypto(zone.text()),
            ". 86400 IN SOA a.srv. b. 2026082200 1800 900 604800 86400\n"
            ". 518400 IN NS a.srv.\n"
            ". 518400 IN RRSIG NS 15 0 518400 20260909000000 20260822110000 60794 . SIG\n"
            ". 86400 IN RRSIG SOA 15 0 86400 20260908000000 20260822110000 60794 . SIG\n"
            ". 86400 IN RRSIG NSEC 15 0 86400 20260912000000 20260822110000 60794 . SIG\n"
            ". 172800 IN RRSIG DNSKEY 15 0 172800 20260910000000 20260819230000 40119 . SIG\n"
            ". 86400 IN RRSIG ZONEMD 15 0 86400 20260910000000 20260822110000 60794 . SIG\n"
            ". 86400 IN NSEC com. NS SOA RRSIG NSEC DNSKEY ZONEMD\n"
            ". 172800 IN DNSKEY 256 3 15 iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=\n"
            ". 172800 IN DNSKEY 257 3 15 gTl3Dqh9F19Wo1Rmw0x+zMuNipG07jeiXfYPW4/Js5Q=\n"
            ". 172800 IN DNSKEY 257 3 15 7UkoxijRwsbq6QM4kFmVYSlZJzpcY/k2NsFGFKyHN9E=\n"
            ". 86400 IN ZONEMD 2026082200 1 1 DIGEST\n"
            "com. 172800 IN NS a.srv.\n"
            "com. 172800 IN NS ns.com.\n"
            "com. 86400 IN DS 7 8 2 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
            "com. 86400 IN RRSIG DS 15 1 86400 20260909000000 20260822110000 60794 . SIG\n"
            "com. 86400 IN RRSIG NSEC 15 1 86400 20260906000000 20260822110000 60794 . SIG\n"
            "com. 86400 IN NSEC net. NS DS RRSIG NSEC\n"
            "ns.com. 172800 IN A 192.0.2.2\n"
            "net. 172800 IN A 192.0.2.3\n"
            "net. 172800 IN NS net.\n"
            "net. 86400 IN RRSIG NSEC 15 1 86400 20260912000000 20260822110000 60794 . SIG\n"
            "net. 86400 IN NSEC a.srv. NS RRSIG NSEC\n"
            "a.srv. 518400 IN A 192.0.2.1\n"
            "a.srv. 518400 IN AAAA 2001:db8::1\n"
            "a.srv. 518400 IN RRSIG A 15 2 518400 20260912000000 20260822110000 60794 . SIG\n"
            "a.srv. 518400 IN RRSIG AAAA 15 2 518400 20260909000000 20260822110000 60794 . SIG\n"
            "a.srv. 86400 IN RRSIG NSEC 15 2 86400 20260909000000 20260822110000 60794 . SIG\n"
            "a.srv. 86400 IN NSEC . A AAAA RRSIG NSEC\n");
}

TEST(SignedZone, IsTheSameEveryTimeAndFromItsOwnText) {
  const Objects objects = small_registry();
  const SignedZone first = sign_zone(objects, test_release(1, kNoon));
  EXPECT_EQ(first.text(), sign_zone(objects, test_release(1, kNoon)).text());
  VerifiedSignatures known;
  const auto read = check_zone(first.text(), ".", base::EpochSeconds(kNoon), {}, known);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->digest(), first.digest());
  const Release next = test_release(2, kNoon + 600);
  EXPECT_EQ(sign_zone(objects, next, &*read).text(), sign_zone(objects, next, &first).text());
}

TEST(SignedZone, HasNsecOfTheSmallerTtl) {
  Objects objects = small_registry();
  std::string zone = zone_object(".", "nserver: a.srv.\n");
  zone.replace(zone.find("minimum: 86400"), 14, "minimum: 300");
  objects.put(zone);
  const SignedZone signed_zone = sign_zone(objects, test_release(1, kNoon));
  EXPECT_EQ(signed_zone.find("net.", kTypeNsec)->records.ttl_seconds, 300U);
}

TEST(ZoneDraft, TakesNothingThatDoesNotVerify) {
  const Objects objects = small_registry();
  VerifiedSignatures known;
  auto draft = begin_draft(objects, test_release(1, kNoon), nullptr);
  ASSERT_TRUE(draft);
  const base::Hash hash = draft->batch().hash;
  const auto good = test_keys().sign(draft->batch().items);
  EXPECT_THAT(asked(draft->batch()),
              ElementsAre(". NS", ". SOA", ". NSEC", ". DNSKEY", "com. DS", "com. NSEC", "net. NSEC",
                          "a.srv. A", "a.srv. AAAA", "a.srv. NSEC"));
  EXPECT_EQ(draft->batch().items[3].key, test_keys()[1]);
  EXPECT_THAT(draft->take(std::span(good).first(9), known).error().detail(),
              HasSubstr("9 signatures for 10"));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto wrong = good;
    wrong[i].bytes[i] ^= 1;
    const auto taken = draft->take(wrong, known);
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().detail(), HasSubstr("position " + std::to_string(i) + ": "));
  }
  auto swapped = good;
  std::swap(swapped[4], swapped[5]);
  EXPECT_THAT(draft->take(swapped, known).error().detail(), HasSubstr("position 4: com. DS"));
  EXPECT_EQ(draft->batch().hash, hash);
  ASSERT_TRUE(draft->take(good, known));
  EXPECT_THAT(asked(draft->batch()), ElementsAre(". ZONEMD"));
  EXPECT_EQ(draft->batch().number, 2);
  EXPECT_FALSE(draft->take(std::span(good).first(1), known));
  ASSERT_TRUE(draft->take(test_keys().sign(draft->batch().items), known));
  EXPECT_EQ(std::move(*draft).finish().text(), sign_zone(objects, test_release(1, kNoon)).text());
}

TEST(ZoneDraft, NamesBatchesByAllThatIsSigned) {
  Objects objects = small_registry();
  std::set<base::Hash> hashes;
  const auto add = [&](const Release& release) {
    const auto draft = begin_draft(objects, release, nullptr);
    ASSERT_TRUE(draft);
    hashes.insert(draft->batch().hash);
  };
  add(test_release(1, kNoon));
  add(test_release(1, kNoon));
  EXPECT_EQ(hashes.size(), 1U);
  add(test_release(2, kNoon));
  add(test_release(1, kNoon + 1));
  Release other_key = test_release(1, kNoon);
  other_key.keys[1].public_key = test_keys()[3];
  add(other_key);
  objects.put(domain_object("org.", "nserver: a.srv.\n"));
  add(test_release(1, kNoon));
  EXPECT_EQ(hashes.size(), 5U);
}

TEST(Releases, SignAgainWhatChangedAndKeepTheRest) {
  Objects objects = small_registry();
  const SignedZone first = sign_zone(objects, test_release(1, kNoon));
  std::vector<std::string> batch;
  objects.put(domain_object("net.", "nserver: net.\nds-rdata: 9 8 2 " + std::string(64, 'B') + "\n"));
  const SignedZone second = sign_zone(objects, test_release(2, kNoon + 600), &first, &batch);
  EXPECT_THAT(batch, ElementsAre(". SOA", "net. DS", "net. NSEC"));
  EXPECT_EQ(second.find("com.", kTypeDs)->signatures[0].times.inception.value(), kNoon - 3600);
  EXPECT_EQ(second.find("net.", kTypeDs)->signatures[0].times.inception.value(), kNoon + 600 - 3600);
  objects.put(domain_object("com.", "nserver: a.srv.\n"));  // glue and DS go, the unsigned NS changes
  sign_zone(objects, test_release(3, kNoon + 1200), &second, &batch);
  EXPECT_THAT(batch, ElementsAre(". SOA", "com. NSEC"));
  objects.put(domain_object("com.", "nserver: a.srv.\n", "inactive"));
  sign_zone(objects, test_release(3, kNoon + 1200), &second, &batch);
  EXPECT_THAT(batch, ElementsAre(". SOA", ". NSEC"));
}

TEST(Releases, AreDueForContentKeysAndAge) {
  Objects objects = small_registry();
  const SignedZone zone = sign_zone(objects, test_release(1, kNoon));
  const auto due = [&](const Release& release) {
    return is_release_due(lay_out(objects, release).value(), release, &zone);
  };
  const Release initial = test_release(1, kNoon);
  EXPECT_TRUE(is_release_due(lay_out(objects, initial).value(), initial, nullptr));
  EXPECT_FALSE(due(test_release(2, kNoon)));
  const std::uint64_t ages = ages_at(zone).value();
  EXPECT_EQ(ages % kDay, 0U);
  EXPECT_FALSE(due(test_release(2, ages - 1)));
  EXPECT_TRUE(due(test_release(2, ages)));
  Release with_key = test_release(2, kNoon);
  with_key.keys.push_back({kZskFlags, test_keys()[3], KeyDuty::kStandby});
  EXPECT_TRUE(due(with_key));
  objects.put(host_object("ns.com.", "address: 192.0.2.9\n"));  // glue is not signed, and still content
  EXPECT_TRUE(due(test_release(2, kNoon)));
  EXPECT_FALSE(lay_out(objects, test_release(2, kNoon, "org.")));
}

TEST(Releases, RefreshADaysPartOnly) {
  Objects objects = small_registry();
  for (int i = 0; i < 70; ++i) objects.put(domain_object("t" + std::to_string(i) + ".", "nserver: a.srv.\n"));
  SignedZone zone = sign_zone(objects, test_release(1, kNoon));
  const auto all = std::ranges::count_if(zone.sets(), &SignedSet::is_authoritative);
  std::vector<std::string> batch;
  std::uint64_t last = kNoon;
  for (std::uint32_t i = 2; i < 60; ++i) {
    const std::uint64_t ages = ages_at(zone).value();
    ASSERT_GE(ages, last) << "release " << i;
    EXPECT_EQ(ages % kDay, 0U);
    const Release next = test_release(i, ages);
    ASSERT_TRUE(is_release_due(lay_out(objects, next).value(), next, &zone));
    zone = sign_zone(objects, test_release(i, ages), &zone, &batch);
    ASSERT_GT(ages_at(zone).value(), ages) << "one release a day is enough";
    EXPECT_LT(std::ssize(batch), all / 2);  // of seven parts, three may meet on one day
    last = ages;
    VerifiedSignatures known;
    EXPECT_TRUE(check_zone(zone.text(), ".", base::EpochSeconds(ages), {}, known));
  }
  EXPECT_GT(last, kNoon + 50 * kDay);
}

TEST(Releases, RollTheZoneKeyWithoutSigningAllAtOnce) {
  const Objects objects = small_registry();
  std::vector<std::string> batch;
  Release release = test_release(1, kNoon);
  release.keys.push_back({kZskFlags, test_keys()[3], KeyDuty::kStandby});
  const SignedZone before = sign_zone(objects, release);
  release = test_release(2, kNoon + kDay);
  release.keys[0].duty = KeyDuty::kLeaving;
  release.keys.push_back({kZskFlags, test_keys()[3], KeyDuty::kSignsZone});
  EXPECT_FALSE(is_release_due(lay_out(objects, release).value(), release, &before))
      << "nothing has to be signed yet";
  const SignedZone rolling = sign_zone(objects, release, &before, &batch);
  EXPECT_THAT(batch, ElementsAre(". SOA"));
  const std::uint16_t new_tag = key_tag(release.keys.back());
  EXPECT_EQ(rolling.find(".", kTypeSoa)->signatures[0].key_tag, new_tag);
  EXPECT_NE(rolling.find("com.", kTypeDs)->signatures[0].key_tag, new_tag);
  VerifiedSignatures known;
  EXPECT_TRUE(check_zone(rolling.text(), ".", release.time, {}, known));
  // In haste: the old key may hold nothing any more.
  release.keys[0].duty = KeyDuty::kStandby;
  EXPECT_TRUE(is_release_due(lay_out(objects, release).value(), release, &before));
  sign_zone(objects, release, &before, &batch);
  EXPECT_EQ(batch.size(), 9U) << "everything but the DNSKEY set";
  // A key that was not published before kept nothing, whatever its tag.
  Release unknown = test_release(2, kNoon + kDay);
  unknown.keys[0].public_key = test_keys()[4];
  sign_zone(objects, unknown, &before, &batch);
  EXPECT_EQ(batch.size(), 10U);
}

TEST(Releases, RollTheKeySigningKeyWithTwoSignaturesAndARevocation) {
  const Objects objects = small_registry();
  std::vector<std::string> batch;
  const SignedZone before = sign_zone(objects, test_release(1, kNoon));
  Release both = test_release(2, kNoon + 600);
  both.keys[2].duty = KeyDuty::kSignsKeys;
  const SignedZone two = sign_zone(objects, both, &before, &batch);
  EXPECT_THAT(batch, ElementsAre(". SOA", ". DNSKEY")) << "the set is the same, the old signature stays";
  ASSERT_EQ(two.find(".", kTypeDnskey)->signatures.size(), 2U);
  Release revoked = test_release(3, kNoon + 1200);
  revoked.keys[1].flags = kRevokedKskFlags;
  revoked.keys[2].duty = KeyDuty::kSignsKeys;
  const SignedZone after = sign_zone(objects, revoked, &two, &batch);
  EXPECT_THAT(batch, ElementsAre(". SOA", ". DNSKEY", ". DNSKEY"));
  VerifiedSignatures known;
  for (const SignedZone* zone : {&two, &after})
    EXPECT_TRUE(check_zone(zone->text(), ".", both.time, {}, known));
  EXPECT_FALSE(check_zone(after.text(), ".", both.time, {{test_keys()[1]}}, known))
      << "revoked anchors are none";
  EXPECT_TRUE(check_zone(after.text(), ".", both.time, {{test_keys()[2]}}, known));
  EXPECT_EQ(trust_anchor_keys(".", 1, revoked.keys).find("385"), std::string::npos);
}

TEST(Releases, TakeASignatureOfTheKeySetThatWasPrepared) {
  const Objects objects = small_registry();
  const std::vector<base::EpochSeconds> weeks{base::EpochSeconds(kNoon),
                                              base::EpochSeconds(kNoon + 14 * kDay)};
  Release release = test_release(1, kNoon);
  const auto ahead = key_sets_ahead(objects, release, weeks);
  ASSERT_TRUE(ahead);
  ASSERT_EQ(ahead->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i)
    release.prepared.push_back({test_keys()[1], key_set_times(weeks[i]), test_keys().sign((*ahead)[i])});
  std::vector<std::string> batch;
  const SignedZone zone = sign_zone(objects, release, nullptr, &batch);
  EXPECT_THAT(batch, testing::Not(testing::Contains(". DNSKEY")));
  EXPECT_EQ(zone.text(), sign_zone(objects, test_release(1, kNoon)).text()) << "as if signed at once";
  Release later = test_release(2, kNoon + 14 * kDay);
  later.prepared = release.prepared;
  sign_zone(objects, later, &zone, &batch);
  EXPECT_THAT(batch, testing::Not(testing::Contains(". DNSKEY")));
  later.prepared[1].signature.bytes[0] ^= 1;
  sign_zone(objects, later, &zone, &batch);
  EXPECT_THAT(batch, testing::Contains(". DNSKEY")) << "one that does not verify is passed over";
}

}  // namespace
}  // namespace publish
