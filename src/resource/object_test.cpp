// Aim: an object's text is accepted only in its one canonical form, and every refusal names its line.
// Method: for each class a good text and a table of spoiled ones (each one edit away); random edits of one
// byte either are refused or come back unchanged.
#include "resource/object.h"

#include <random>

#include <gtest/gtest.h>

#include "resource/charter_numbers.h"
#include "resource/sample_objects.h"

namespace resource {
namespace {

std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

struct Spoiled {
  const std::string& good;
  std::string from;
  std::string_view to;
  std::string_view detail;
};

void expect_refused(const std::vector<Spoiled>& table) {
  for (const Spoiled& entry : table) {
    const std::string text = with(entry.good, entry.from, entry.to);
    const auto object = Object::parse(text);
    ASSERT_FALSE(object) << text;
    EXPECT_EQ(object.error().kind(), kBadObject);
    EXPECT_NE(object.error().detail().find(entry.detail), std::string::npos)
        << object.error().detail() << "\nexpected: " << entry.detail << "\n"
        << text;
  }
}

TEST(Object, RefusesBrokenLines) {
  const std::string& good = sample_domain();
  expect_refused({{good, "domain: ru.", "domain: ru", "line 1"},
                  {good, "domain: ru.", "domain: .", "line 1"},
                  {good, "domain: ru.", "domain: RU.", "line 1"},
                  {good, "domain: ru.", "domaine: ru.", "line 1: a class"},
                  {good, "domain: ru.", "domain:ru.", "line 1"},
                  {good, "version: 7", "version: 07", "line 2"},
                  {good, "version: 7", "version: 0", "line 2"},
                  {good, "version: 7\n", "", "line 2"},
                  {good, "version: 7\n", "version: 7\n\n", "line 3"},
                  {good, "status: active\n", "status: active \n", "line 4: status"},
                  {good, "status: active\n", "status:  active\n", "line 4"},
                  {good, "status: active\n", "status: active\r\n", "line 4"}});
  EXPECT_FALSE(Object::parse(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(Object::parse(good + "\n"));
  EXPECT_FALSE(Object::parse(""));
  EXPECT_FALSE(Object::parse("domain: ru."));
  EXPECT_FALSE(Object::parse(good + std::string(70'000, 'a')));
}

TEST(Object, RefusesWrongAttributesOfADomain) {
  const std::string& good = sample_domain();
  expect_refused({{good, "holder: ORG-RIPN\n", "", "holder: at least 1"},
                  {good, "holder: ORG-RIPN\n", "holder: ORG-RIPN\nholder: ORG-Z\n", "at most 1"},
                  {good, "holder: ORG-RIPN", "holder: MEMBER-A", "line 3: holder"},
                  {good, "holder: ORG-RIPN", "holder: ORG-RIPN-", "line 3: holder"},
                  {good, "holder: ORG-RIPN", "holder: ORG-", "line 3: holder"},
                  {good, "holder: ORG-RIPN", "holder: ORG-aB", "line 3: holder"},
                  {good, "holder: ORG-RIPN", "holder: ORG-01234567890123456789012345678", "line 3: holder"},
                  {good, "holder: ORG-RIPN", "holder: unclaimed", "line 3: holder"},
                  {good, "status: active", "status: on", "line 4: status"},
                  {good, "registry-lock: on", "registry-lock: off", "line 5"},
                  {good, "nserver: b.dns", "nserver: a.dns", "sorted, unique"},
                  {good, "nserver: b.dns", "nserver: B.dns", "line 7"},
                  {good, "nserver: b.dns", "nserver: 0.dns", "sorted, unique"},
                  {good, "nserver: a", "address: a", "line 6: an attribute"},
                  {good, "status: active\n", "status: active\ncolour: red\n", "line 5: an attribute"},
                  {good, "ds-rdata: 12345 13 2 ", "ds-rdata: 12345 13 1 ", "ds-rdata"},
                  {good, "ds-rdata: 12345 13 2 ", "ds-rdata: 12345 13 4 ", "ds-rdata"},
                  {good, "ds-rdata: 12345 13 2 ", "ds-rdata: 012345 13 2 ", "ds-rdata"},
                  {good, "ds-rdata: 12345 13 2 ", "ds-rdata: 65536 13 2 ", "ds-rdata"},
                  {good, "ds-rdata: 12345 13 2 ", "ds-rdata: 12345 256 2 ", "ds-rdata"},
                  {good, "ds-rdata: 12345 13 2 ", "ds-rdata: 12345 13 2  ", "ds-rdata"},
                  {good, "ds-rdata: 12345 13 2 AB", "ds-rdata: 12345 13 2 ab", "ds-rdata"},
                  {good, "status: active\n", "status: active\nbecame: nothing\n", "line 5"}});
}

TEST(Object, RefusesWrongHostsAndZones) {
  expect_refused(
      {{sample_host(), "address: 193.232.128.6", "address: 193.232.128.06", "line 3: address"},
       {sample_host(), "address: 2001:", "address: 2001:0", "line 4: address"},
       {sample_host(), "address: 2001:", "address: 1001:", "sorted, unique"},
       {sample_zone(), "ttl: signed 86400\n", "", "ttl: at least 3"},
       {sample_zone(), "ttl: signed 86400\n", "ttl: apex 9\n", "sorted, unique"},
       {sample_zone(), "ttl: apex 518400\nttl: delegation", "ttl: delegation 1\nttl: delegation", "ttl"},
       {sample_zone(), "ttl: signed", "ttl: Signed", "ttl"},
       {sample_zone(), "refresh: 1800", "refresh: 2147483648", "refresh"},
       {sample_zone(), "retry: 900\n", "", "retry: at least 1"},
       {sample_zone(), "expire: 604800\nminimum: 86400\n", "minimum: 86400\nexpire: 604800\n", "expire"},
       {sample_zone(), "nserver: a.root-servers.net.\n", "", "nserver: at least 1"}});
}

TEST(Object, RefusesWrongParties) {
  const std::string& org = sample_organisation();
  const std::string& member = sample_member();
  const std::string key = sample_key(1);
  expect_refused({{org, "org-name: ", "org-name: \xc0\xaf", "org-name"},
                  {org, "org-name: ", "org-name: \xe2\x80\xae", "org-name"},
                  {org, "org-name: ", "org-name: \xc2\x85", "org-name"},
                  {org, "org-name: ", "org-name: \xef\xbb\xbf", "org-name"},
                  {org, "org-name: ", "org-name: \x01", "org-name"},
                  {org, "country: RU", "country: ru", "country"},
                  {org, "country: RU", "country: RUS", "country"},
                  {org, "auth: admin", "auth: owner", "auth"},
                  {org, "auth: admin " + key + "\nauth: admin " + sample_key(2) + "\n", "", "admin"},
                  {org, "auth: dns " + sample_key(3), "auth: dns " + key, "twice"},
                  {org, "threshold: admin 2", "threshold: admin 1", "threshold"},
                  {org, "threshold: admin 2", "threshold: admin 3", "threshold"},
                  {org, "threshold: admin 2", "threshold: dns 2", "threshold"},
                  {org, "threshold: admin 2", "threshold: lock 2", "threshold"},
                  {org, "threshold: admin 2\n", "threshold: admin 2\nthreshold: admin 3\n", "more than"},
                  {member, "operator: " + sample_key(13), "operator: " + sample_key(11), "twice"},
                  {member, "governance-threshold: 2", "governance-threshold: 3", "governance-threshold"},
                  {member, "governance-threshold: 2", "governance-threshold: 0", "governance-threshold"},
                  {member, "organisation: ORG-ALPHA", "organisation: MEMBER-ALPHA", "organisation"},
                  {member, "url: https", "url: ftp", "url"},
                  {member, "member: MEMBER-ALPHA", "member: ORG-ALPHA", "line 1"},
                  {member, "registrar: AQ", "registrar: BA", "registrar"}});
}

TEST(Object, RefusesChartersBelowTheFloorsOrWithHoles) {
  const std::string& good = default_charter();
  expect_refused({{good, "charter: registry", "charter: other", "line 1"},
                  {good, "lock: V 30d", "lock: V 29d", "V is at least 30d"},
                  {good, "period: open 14d", "period: open 15d", "open is"},
                  {good, "period: open 14d", "period: open 0d", "open is"},
                  {good, "quorum: V supermajority", "quorum: V minority", "quorum"},
                  {good, "quorum: V supermajority\n", "", "quorum: at least 9"},
                  {good, "lock: A 1d", "lock: A 24h", "lock"},
                  {good, "lock: A 1d", "lock: A 3651d", "lock"},
                  {good, "lock: A 1d\nlock: C 14d", "lock: C 13d\nlock: C 14d", "exactly one line for A"},
                  {good, "lock: A 1d", "lock: B 1d", "lock"},
                  {good, "checks: off", "checks: on", "checks"},
                  {good, "budget: member 1000 16000000 20", "budget: member 1000 16000000", "budget"},
                  {good, "budget: member 1000 16000000 20", "budget: member 1000 16000000 20 1", "budget"},
                  {good, "budget: member 1000", "budget: member 01000", "budget"},
                  {good, "budget: member 1000", "budget: member 0", "member is at least 3 records"},
                  {good, "budget: member 1000", "budget: member 2", "member is at least 3 records"},
                  {good, "budget: member 1000 16000000 20", "budget: member 1000 65534 20", "65535 bytes"},
                  {good, "budget: member 1000 16000000 20", "budget: member 1000 16000000 0", "1 open"},
                  {good, "budget: member-reserve 1000", "budget: member-reserve 2", "at least 3 records"},
                  {good, "budget: organisation 100", "budget: organisation 2", "at least 3 records"},
                  {good, "reserve 50 200000", "reserve 50 65534", "organisation-reserve is at least 65535"},
                  {good, "checks: off\n", "checks: off\ncontroller: ORG-A\n", "controller"}});
}

TEST(Object, AcceptsAndReadsEveryClass) {
  for (const std::string& text : {sample_domain(), sample_host(), sample_zone(), sample_organisation(),
                                  sample_member(), default_charter(), std::string("host: a.b.\nversion: 1\n"),
                                  std::string("domain: ru.\nversion: 9\nbecame: nothing\n"),
                                  std::string("domain: ru.\nversion: 9\nbecame: domain xn--p1ai.\n")}) {
    const auto object = Object::parse(text);
    ASSERT_TRUE(object) << object.error().message();
    EXPECT_EQ(object->text(), text);
  }
  const Object domain = Object::parse(sample_domain()).value();
  EXPECT_EQ(domain.id(), (ObjectId{ObjectClass::kDomain, "ru."}));
  EXPECT_EQ(domain.id().trie_name(), "domain:ru.");
  EXPECT_EQ(domain.version().value(), 7U);
  EXPECT_EQ(domain.value("holder"), "ORG-RIPN");
  EXPECT_EQ(domain.value("hold"), "");
  EXPECT_EQ(domain.values("nserver"), (std::vector<std::string_view>{"a.dns.ripn.net.", "b.dns.ripn.net."}));
  EXPECT_TRUE(domain.has("nserver", "b.dns.ripn.net."));
  EXPECT_FALSE(domain.has("nserver", "b.dns."));
}

TEST(Object, TombstonesAreObjects) {
  const ObjectId id{ObjectClass::kHost, "a.b."};
  const Object stone = Object::tombstone(id, base::Version(4));
  EXPECT_EQ(stone.text(), "host: a.b.\nversion: 4\nbecame: nothing\n");
  EXPECT_TRUE(Object::parse(std::string(stone.text())).value().is_tombstone());
  for (const char* text :
       {"host: a.b.\nversion: 4\nbecame: \n", "host: a.b.\nversion: 4\nbecame: host\n",
        "host: a.b.\nversion: 4\nbecame: host A.\n", "host: a.b.\nversion: 4\nbecame: nothing",
        "host: a.b.\nversion: 4\nbecame: nothing\naddress: 1.2.3.4\n"}) {
    EXPECT_FALSE(Object::parse(text)) << text;
  }
}

TEST(Object, ObjectIds) {
  EXPECT_EQ(parse_object_id("domain ru.").value(), (ObjectId{ObjectClass::kDomain, "ru."}));
  for (const char* text :
       {"", "domain", "domain ", "domain  ru.", "Domain ru.", "domain RU.", "member ORG-A"}) {
    EXPECT_FALSE(parse_object_id(text)) << text;
  }
}

TEST(Object, OneByteOffIsRefusedOrStaysItself) {
  std::mt19937_64 random(11);  // NOLINT: the same values every run
  for (const std::string& good : {sample_domain(), sample_host(), sample_zone(), sample_organisation(),
                                  sample_member(), default_charter()}) {
    for (int i = 0; i < 3'000; ++i) {
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
      if (const auto object = Object::parse(text)) {
        EXPECT_EQ(object->text(), text);
        EXPECT_TRUE(class_from_name(class_name(object->object_class())));
      }
    }
  }
}

}  // namespace
}  // namespace resource
