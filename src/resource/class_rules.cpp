#include "resource/class_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.h"
#include "codec/decimal.h"
#include "codec/dns_name.h"
#include "codec/ip_address.h"
#include "resource/charter_numbers.h"
#include "resource/keys.h"
#include "resource/values.h"

namespace resource {
namespace {

constexpr std::uint64_t kTtlMax = 2'147'483'647;  // RFC 2181 section 8
constexpr std::size_t kUrlBytesMax = 255;
constexpr std::size_t kKeysMax = 16;

bool is_number(std::string_view text) {
  std::uint64_t value = 0;
  return codec::read_decimal(text, value) && value <= kTtlMax;
}

bool is_positive(std::string_view text) {
  std::uint64_t value = 0;
  return codec::read_decimal(text, value) && value >= 1 && value <= 32;
}

bool is_country(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_url(std::string_view text) {
  if (text.size() > kUrlBytesMax || !is_plain_value(text) || text.find(' ') != std::string_view::npos)
    return false;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) return text.size() > scheme.size();
  }
  return false;
}

bool is_status(std::string_view text) {
  return text == "active" || text == "inactive";
}

bool is_on(std::string_view text) {
  return text == "on";
}

bool is_ttl(std::string_view text) {
  for (const std::string_view word : {"apex ", "delegation ", "signed "}) {
    if (text.starts_with(word)) return is_number(text.substr(word.size()));
  }
  return false;
}

bool is_auth(std::string_view text) {
  const auto space = text.find(' ');
  return space != std::string_view::npos && scope_from_name(text.substr(0, space)) &&
         is_key(text.substr(space + 1));
}

bool is_scope_threshold(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos || !scope_from_name(text.substr(0, space))) return false;
  return text.substr(space + 1) != "1" && is_positive(text.substr(space + 1));
}

constexpr std::string_view kNameWords = "a lower-case absolute DNS name";
constexpr std::string_view kNumberWords = "a number up to 2147483647";
constexpr std::string_view kKeyWords = "a key (base64 of 0x01 and 32 octets)";

constexpr std::array<AttributeRule, 6> kCharterRules{{
    {"budget", 4, 4, is_budget_line, "NAME RECORDS BYTES OPEN with a name of the table"},
    {"checks", 1, 1, is_checks_word, "`off` or `required`"},
    {"controller", 0, 1, is_member_handle, "a member's handle"},
    {"lock", kLockNames.size(), kLockNames.size(), is_lock_line, "NAME DURATION with a name of the table"},
    {"period", kPeriodNames.size(), kPeriodNames.size(), is_period_line,
     "NAME DURATION with a name of the table"},
    {"quorum", kQuorumNames.size(), kQuorumNames.size(), is_quorum_line,
     "NAME and `majority`, `supermajority` or `all`"},
}};
constexpr std::array<AttributeRule, 7> kMemberRules{{
    {"organisation", 1, 1, is_organisation_handle, "an organisation's handle"},
    {"governance", 1, kKeysMax, is_key, kKeyWords},
    {"governance-threshold", 1, 1, is_positive, "a number from 1 on"},
    {"operator", 1, 1, is_key, kKeyWords},
    {"registrar", 1, 1, is_key, kKeyWords},
    {"engine", 0, 1, is_key, kKeyWords},
    {"url", 0, 1, is_url, "an http or https URL of at most 255 octets"},
}};
constexpr std::array<AttributeRule, 4> kOrganisationRules{{
    {"org-name", 1, 1, is_legal_name, "a name in well-formed UTF-8 without controls"},
    {"country", 0, 1, is_country, "two upper-case letters"},
    {"auth", 1, 32, is_auth, "SCOPE and a key"},
    {"threshold", 0, 5, is_scope_threshold, "SCOPE and a number from 2 on"},
}};
constexpr std::array<AttributeRule, 8> kZoneRules{{
    {"mname", 1, 1, codec::is_dns_name, kNameWords},
    {"rname", 1, 1, codec::is_dns_name, kNameWords},
    {"refresh", 1, 1, is_number, kNumberWords},
    {"retry", 1, 1, is_number, kNumberWords},
    {"expire", 1, 1, is_number, kNumberWords},
    {"minimum", 1, 1, is_number, kNumberWords},
    {"nserver", 1, 13, codec::is_dns_name, kNameWords},
    {"ttl", 3, 3, is_ttl, "`apex N`, `delegation N` or `signed N`"},
}};
constexpr std::array<AttributeRule, 5> kDomainRules{{
    {"holder", 1, 1, is_holder, "an organisation's handle or UNCLAIMED"},
    {"status", 1, 1, is_status, "`active` or `inactive`"},
    {"registry-lock", 0, 1, is_on, "`on`"},
    {"nserver", 1, 13, codec::is_dns_name, kNameWords},
    {"ds-rdata", 0, 12, is_ds_rdata,
     "KEYTAG ALGORITHM DIGESTTYPE HEX, upper-case hex of the digest's length"},
}};
constexpr std::array<AttributeRule, 1> kHostRules{{
    {"address", 0, 16, codec::is_ip_address, "an IPv4 or RFC 5952 IPv6 address"},
}};

std::string check_ttls(const Object& zone) {
  const auto ttls = zone.values("ttl");
  const bool complete =
      ttls[0].starts_with("apex ") && ttls[1].starts_with("delegation ") && ttls[2].starts_with("signed ");
  return complete ? "" : "ttl: one each of `apex`, `delegation` and `signed` is expected";
}

std::string check_distinct_keys(const std::vector<PartyKey>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = i + 1; j < keys.size(); ++j) {
      if (keys[i].key == keys[j].key) return "a key stands twice: " + std::string(keys[j].text);
    }
  }
  return "";
}

std::string check_member(const Object& member) {
  if (stated_threshold(member, Role::kGovernance) > member.values("governance").size()) {
    return "governance-threshold: more than the number of governance keys";
  }
  return check_distinct_keys(party_keys(member));
}

std::string check_organisation(const Object& organisation) {
  const std::vector<PartyKey> keys = party_keys(organisation);
  const auto keys_of = [&](Role role) {
    return static_cast<std::size_t>(std::ranges::count(keys, role, &PartyKey::role));
  };
  if (keys_of(Role::kAdmin) == 0) return "auth: a key of scope admin is expected";
  std::string_view previous;
  for (const std::string_view line : organisation.values("threshold")) {
    const std::string_view scope = line.substr(0, line.find(' '));
    if (scope == previous) return "threshold: scope " + std::string(scope) + " stands twice";
    previous = scope;
    const auto role = scope_from_name(scope);
    CHECK(role.has_value());
    if (stated_threshold(organisation, *role) > keys_of(*role)) {
      return "threshold: more than the number of keys of scope " + std::string(scope);
    }
  }
  return check_distinct_keys(keys);
}

}  // namespace

std::span<const AttributeRule> attribute_rules(ObjectClass object_class) {
  switch (object_class) {
    case ObjectClass::kCharter:
      return kCharterRules;
    case ObjectClass::kMember:
      return kMemberRules;
    case ObjectClass::kOrganisation:
      return kOrganisationRules;
    case ObjectClass::kZone:
      return kZoneRules;
    case ObjectClass::kDomain:
      return kDomainRules;
    case ObjectClass::kHost:
      return kHostRules;
  }
  CHECK(false);
}

const AttributeRule* find_rule(ObjectClass object_class, std::string_view name) {
  for (const AttributeRule& rule : attribute_rules(object_class)) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

bool is_object_key(ObjectClass object_class, std::string_view key) {
  switch (object_class) {
    case ObjectClass::kCharter:
      return key == "registry";
    case ObjectClass::kMember:
      return is_member_handle(key);
    case ObjectClass::kOrganisation:
      return is_organisation_handle(key);
    case ObjectClass::kZone:
      return codec::is_dns_name(key);
    case ObjectClass::kDomain:
    case ObjectClass::kHost:
      return key != "." && codec::is_dns_name(key);
  }
  CHECK(false);
}

bool has_whole_rules(ObjectClass object_class) {
  return object_class < ObjectClass::kDomain;
}

std::string check_whole(const Object& object) {
  CHECK(!object.is_tombstone());
  switch (object.object_class()) {
    case ObjectClass::kCharter:
      return check_charter(object);
    case ObjectClass::kMember:
      return check_member(object);
    case ObjectClass::kOrganisation:
      return check_organisation(object);
    case ObjectClass::kZone:
      return check_ttls(object);
    case ObjectClass::kDomain:
    case ObjectClass::kHost:
      return "";
  }
  CHECK(false);
}

}  // namespace resource
