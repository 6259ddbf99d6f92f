// Aim: no text passes the check but the one that was signed. Method: a small signed zone; every single byte
// of it changed, every line left out, doubled or moved; forgeries that are well signed but wrong (a key set
// without its revoked key, a chain with a hole, glue that is signed), each made with the real keys.
#include "publish/dns/zone_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "publish/dns/objects_for_test.h"
#include "publish/dns/signature_records.h"
#include "publish/dns/signing_for_test.h"

namespace publish {
namespace {

using testing::HasSubstr;

constexpr base::EpochSeconds kNoon(1'787'400'000);

Objects registry() {
  Objects objects;
  objects.put(zone_object(".", "nserver: ns.com.\n"));
  objects.put(host_object("ns.com.", "address: 192.0.2.2\naddress: 2001:db8::2\n"));
  objects.put(domain_object("com.", "nserver: ns.com.\nds-rdata: 7 8 2 " + std::string(64, 'A') + "\n"));
  objects.put(domain_object("net.", "nserver: ns.com.\n"));
  return objects;
}

std::string good_text() {
  static const std::string text = sign_zone(registry(), test_release(2026082200, kNoon.value())).text();
  return text;
}

/// What check_zone says of a text; every text is asked about with nothing known before.
std::string judged(std::string_view text, base::EpochSeconds time = kNoon,
                   std::span<const crypto::PublicKey> anchors = {}) {
  VerifiedSignatures known;
  const auto zone = check_zone(text, ".", time, anchors, known);
  return zone ? "accepted" : zone.error().message();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(CheckZone, AcceptsTheSignedZoneAtItsTimesUnderItsAnchors) {
  EXPECT_EQ(judged(good_text()), "accepted");
  EXPECT_EQ(judged(good_text(), kNoon, {{test_keys()[1]}}), "accepted");
  EXPECT_THAT(judged(good_text(), kNoon, {{test_keys()[2]}}), HasSubstr("trust anchor"));
  EXPECT_THAT(judged(good_text(), base::EpochSeconds(kNoon.value() - 3601)),
              HasSubstr("not good at this time"));
  EXPECT_THAT(judged(good_text(), base::EpochSeconds(kNoon.value() + 22LL * 86'400)),
              HasSubstr("not good at this time"));
}

TEST(CheckZone, RefusesEveryChangedByte) {
  std::string text = good_text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char before = text[i];
    for (const char other : {'0', 'a', 'A', ' ', '\n', ';', '\0'}) {
      if (other == before) continue;
      text[i] = other;
      EXPECT_NE(judged(text), "accepted") << "byte " << i << " became " << int{other};
    }
    text[i] = before;
  }
  EXPECT_EQ(judged(text), "accepted");
}

TEST(CheckZone, RefusesEveryLineLeftOutDoubledOrMoved) {
  const std::vector<std::string> lines = lines_of(good_text());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::vector<std::string> fewer = lines;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(judged(joined(fewer)), "accepted") << lines[i];
    std::vector<std::string> more = lines;
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    EXPECT_NE(judged(joined(more)), "accepted") << lines[i];
    std::vector<std::string> moved = fewer;
    moved.insert(moved.begin() + static_cast<std::ptrdiff_t>((i + 1) % lines.size()), lines[i]);
    EXPECT_NE(judged(joined(moved)), "accepted") << lines[i];
  }
}

TEST(CheckZone, SaysWhatIsWrong) {
  const std::string text = good_text();
  EXPECT_THAT(judged(""), HasSubstr("empty"));
  EXPECT_THAT(judged("\n"), HasSubstr("no SOA"));
  EXPECT_THAT(judged(text + "com. 1 IN TXT x\n"), HasSubstr("no zone of ours holds TXT"));
  EXPECT_THAT(judged(text + "com. 1 CH A 192.0.2.1\n"), HasSubstr("line 23"));
  EXPECT_THAT(judged(text + "com. IN A 192.0.2.1\n"), HasSubstr("line 23: no TTL"));
  EXPECT_THAT(judged(text + "com. 2147483648 IN A 192.0.2.1\n"), HasSubstr("TTL"));
  EXPECT_THAT(judged(text + "$INCLUDE /etc/passwd\n"), HasSubstr("$INCLUDE"));
  EXPECT_THAT(judged(text + "$ORIGIN com.\n"), HasSubstr("zone-not-canonical"));
  EXPECT_THAT(judged(replaced(text, ". 518400 IN NS", ".  518400 IN NS")), HasSubstr("zone-not-canonical"));
  EXPECT_THAT(judged(replaced(text, "IN NS ns.com.", "IN NS NS.com.")), HasSubstr("lower case"));
  EXPECT_THAT(judged(replaced(text, "NS DS RRSIG", "NS RRSIG")), HasSubstr("com. NSEC: missing or not"));
  EXPECT_THAT(judged(replaced(text, "192.0.2.2", "192.0.2.3")), HasSubstr("ZONEMD: not the digest"));
  EXPECT_THAT(judged(text + "a.b. 5 IN RRSIG A 15 2 5 20260909000000 20260822110000 1 . AAAA\n"),
              HasSubstr("covers nothing"));
  VerifiedSignatures known;
  EXPECT_FALSE(check_zone(text, "com.", kNoon, {}, known));
  EXPECT_FALSE(check_zone(text, "Com.", kNoon, {}, known));
}

// RFC 3597's form says any octets of any type, and a reader that trusts their length reads past their end.
TEST(CheckZone, RefusesDataThatDoesNotFitItsType) {
  const std::string text = good_text();
  const std::string soa = text.substr(text.find(" SOA ") + 5, text.find('\n') - text.find(" SOA ") - 5);
  for (const std::size_t numbers : {0U, 1U, 3U, 4U, 5U, 19U, 21U, 40U}) {
    const std::string data = "\\# " + std::to_string(2 + numbers) + " 0000" + std::string(2 * numbers, '0');
    EXPECT_THAT(judged(replaced(text, soa, data)), HasSubstr("line 1: data ")) << data;
    EXPECT_FALSE(read_zone(replaced(text, soa, data), ".", kNoon)) << data;
  }
  EXPECT_THAT(judged(text + "com. 172800 IN A \\# 3 C00002\n"), HasSubstr("line 23: "));
  EXPECT_THAT(judged(text + "com. 172800 IN AAAA \\# 4 C0000201\n"), HasSubstr("line 23: "));
  EXPECT_THAT(judged(text + "net. 172800 IN NS \\# 2 0000\n"), HasSubstr("line 23: "));
}

/// Puts the digest and its signature right again, so that only the forgery itself is wrong.
std::string sealed(std::vector<SignedSet> sets, std::uint32_t serial = 2026082200) {
  const auto zonemd =
      std::ranges::find_if(sets, [](const SignedSet& set) { return set.records.type == kTypeZonemd; });
  zonemd->records.data = {zonemd_data(serial, zone_digest(sets, "."))};
  SetSignature& signature = zonemd->signatures.at(0);
  signature.signature =
      test_keys().sign({test_keys()[0], ".", kTypeZonemd,
                        bytes_to_sign(zonemd->records, ".", signature.times, signature.key_tag)});
  return signed_zone_text(sets, ".");
}

SetSignature signed_by(std::size_t key, std::uint16_t flags, const RecordSet& set) {
  const SignatureTimes times = key_set_times(kNoon);
  const std::uint16_t tag = key_tag({flags, test_keys()[key], KeyDuty::kStandby});
  return {times, tag,
          test_keys().sign({test_keys()[key], set.owner, set.type, bytes_to_sign(set, ".", times, tag)})};
}

TEST(CheckZone, RefusesWellSignedForgeries) {
  const SignedZone zone = sign_zone(registry(), test_release(2026082200, kNoon.value()));
  const auto with = [&](auto change) {
    std::vector<SignedSet> sets = zone.sets();
    change(sets);
    return judged(sealed(std::move(sets)));
  };
  const auto find = [](std::vector<SignedSet>& sets, std::string_view owner,
                       std::uint16_t type) -> SignedSet& {
    return *std::ranges::find_if(
        sets, [&](const SignedSet& set) { return set.records.owner == owner && set.records.type == type; });
  };
  EXPECT_EQ(with([](auto&) {}), "accepted");
  EXPECT_THAT(with([&](auto& sets) {
                SignedSet& glue = find(sets, "ns.com.", kTypeA);
                glue.signatures.push_back(signed_by(0, kZskFlags, glue.records));
              }),
              HasSubstr("ns.com. A: signed, but not the zone's own"));
  EXPECT_THAT(with([&](auto& sets) { find(sets, "com.", kTypeDs).signatures.clear(); }),
              HasSubstr("com. DS: not signed exactly once"));
  EXPECT_THAT(with([&](auto& sets) {
                SignedSet& ds = find(sets, "com.", kTypeDs);
                ds.signatures = {signed_by(1, kKskFlags, ds.records)};
              }),
              HasSubstr("signed by no ZSK"));
  EXPECT_THAT(with([&](auto& sets) {
                SignedSet& keys = find(sets, ".", kTypeDnskey);
                keys.signatures.push_back(signed_by(0, kZskFlags, keys.records));
                sort_signatures(keys.records, ".", keys.signatures);
              }),
              HasSubstr("signed by no KSK"));
  EXPECT_THAT(
      with([&](auto& sets) {
        SignedSet& keys = find(sets, ".", kTypeDnskey);
        keys.records.data.push_back(dnskey_data({kRevokedKskFlags, test_keys()[3], KeyDuty::kSignsKeys}));
        std::ranges::sort(keys.records.data);
        keys.signatures = {signed_by(1, kKskFlags, keys.records)};
      }),
      HasSubstr("a revoked key does not sign"));
  EXPECT_THAT(with([&](auto& sets) {
                std::erase_if(sets, [](const SignedSet& set) { return set.records.owner == "net."; });
              }),
              HasSubstr("com. NSEC: missing or not what it should be"));
  EXPECT_THAT(with([&](auto& sets) { find(sets, "com.", kTypeDs).records.data[0][9] ^= 1; }),
              HasSubstr("com. DS: the signature does not verify"));
  EXPECT_THAT(judged(sealed(zone.sets(), 2026082201)), HasSubstr("ZONEMD: not the digest"));
}

TEST(VerifiedSignatures, KnowWhatTheyVerifiedAndNothingElse) {
  const base::Bytes bytes{1, 2, 3};
  const crypto::Signature good = test_keys().sign(BatchItem{test_keys()[0], ".", 1, bytes});
  crypto::Signature wrong = good;
  wrong.bytes[0] ^= 1;
  VerifiedSignatures known(2);
  const SignatureClaim claim{&test_keys()[0], bytes, &good};
  const SignatureClaim false_claim{&test_keys()[0], bytes, &wrong};
  const SignatureClaim other_key{&test_keys()[1], bytes, &good};
  EXPECT_EQ(known.first_bad({{claim, claim}}), std::nullopt);
  EXPECT_EQ(known.size(), 1U);
  EXPECT_EQ(known.first_bad({{claim, false_claim, other_key}}), 1U);
  EXPECT_EQ(known.first_bad({{claim, other_key}}), 1U);
  EXPECT_EQ(known.first_bad({{false_claim}}), 0U);
  EXPECT_EQ(known.size(), 1U);
}

}  // namespace
}  // namespace publish
