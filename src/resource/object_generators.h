// Random objects for property tests: every value is well-formed, counts run over their whole range, and pools
// are small so that two objects of one key share lines. Not for production.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "resource/class_rules.h"
#include "resource/object.h"
#include "resource/sample_objects.h"

namespace resource {

/// Sorted unique elements of `pool`, at least `count_min`.
inline std::vector<std::string> some_of(std::vector<std::string> pool, std::size_t count_min,
                                        std::size_t count_max) {
  std::vector<std::string> chosen;
  const std::size_t count = *rc::gen::inRange(count_min, std::min(count_max, pool.size()) + 1);
  while (chosen.size() < count) {
    const auto at = *rc::gen::inRange<std::size_t>(0, pool.size());
    chosen.push_back(pool[at]);
    pool.erase(pool.begin() + static_cast<std::ptrdiff_t>(at));
  }
  std::ranges::sort(chosen);
  return chosen;
}

inline void append_lines(std::string& text, std::string_view name, std::vector<std::string> values) {
  std::ranges::sort(values);
  for (const std::string& value : values) text.append(name).append(": ").append(value).append("\n");
}

inline std::vector<std::string> name_pool() {
  return {"a.", "b.", "ns1.a.", "ns2.a.", "a.ns.b.", "xn--p1ai.", "_x.c.", "0.", "a-b.c.", "z.y.x.w."};
}

inline std::string domain_lines() {
  std::string text;
  append_lines(text, "holder", some_of({"ORG-A", "ORG-B", "UNCLAIMED"}, 1, 1));
  append_lines(text, "status", some_of({"active", "inactive"}, 1, 1));
  append_lines(text, "registry-lock", some_of({"on"}, 0, 1));
  append_lines(text, "nserver", some_of(name_pool(), 1, 13));
  append_lines(text, "ds-rdata",
               some_of({"1 8 2 " + std::string(64, 'A'), "1 8 4 " + std::string(96, '0'),
                        "65535 13 1 " + std::string(40, 'F'), "0 0 99 00"},
                       0, 12));
  return text;
}

inline std::string host_lines() {
  std::string text;
  append_lines(text, "address",
               some_of({"1.2.3.4", "1.2.3.5", "10.0.0.0", "::", "2001:db8::1", "::ffff:1.2.3.4"}, 0, 16));
  return text;
}

inline std::string organisation_lines() {
  std::string text;
  append_lines(text, "org-name", some_of({"A", "B \xe4\xb8\xad", "none"}, 1, 1));
  append_lines(text, "country", some_of({"AU", "BR", "CN"}, 0, 1));
  const std::size_t admins = *rc::gen::inRange<std::size_t>(1, 5);
  const std::size_t locks = *rc::gen::inRange<std::size_t>(0, 4);
  std::vector<std::string> auths;
  for (std::size_t i = 0; i < admins; ++i) auths.push_back("admin " + sample_key(static_cast<base::Byte>(i)));
  for (std::size_t i = 0; i < locks; ++i)
    auths.push_back("lock " + sample_key(static_cast<base::Byte>(50 + i)));
  append_lines(text, "auth", auths);
  const auto append_threshold = [&](const std::string& scope, std::size_t keys) {
    const std::size_t threshold = *rc::gen::inRange<std::size_t>(1, keys + 1);
    if (threshold > 1) append_lines(text, "threshold", {scope + " " + std::to_string(threshold)});
  };
  append_threshold("admin", admins);
  if (locks > 1) append_threshold("lock", locks);
  return text;
}

inline std::string member_lines() {
  std::string text;
  const std::size_t keys = *rc::gen::inRange<std::size_t>(1, 17);
  append_lines(text, "organisation", some_of({"ORG-A", "ORG-B"}, 1, 1));
  std::vector<std::string> governance;
  for (std::size_t i = 0; i < keys; ++i) governance.push_back(sample_key(static_cast<base::Byte>(i)));
  append_lines(text, "governance", governance);
  append_lines(text, "governance-threshold", {std::to_string(*rc::gen::inRange<std::size_t>(1, keys + 1))});
  append_lines(text, "operator", some_of({sample_key(100), sample_key(101)}, 1, 1));
  append_lines(text, "registrar", some_of({sample_key(110), sample_key(111)}, 1, 1));
  append_lines(text, "engine", some_of({sample_key(120), sample_key(121)}, 0, 1));
  append_lines(text, "url", some_of({"https://a/", "http://b"}, 0, 1));
  return text;
}

inline std::string zone_lines() {
  std::string text;
  append_lines(text, "mname", some_of(name_pool(), 1, 1));
  append_lines(text, "rname", some_of(name_pool(), 1, 1));
  for (const char* name : {"refresh", "retry", "expire", "minimum"})
    append_lines(text, name, some_of({"0", "7", "2147483647"}, 1, 1));
  append_lines(text, "nserver", some_of(name_pool(), 1, 13));
  append_lines(text, "ttl", {"apex " + std::to_string(*rc::gen::inRange(0, 9)), "delegation 5", "signed 0"});
  return text;
}

/// A live object of a random class (not the charter), always with the same key for one class.
inline Object any_object(ObjectClass object_class) {
  std::string key;
  std::string lines;
  switch (object_class) {
    case ObjectClass::kMember:
      key = "MEMBER-A";
      lines = member_lines();
      break;
    case ObjectClass::kOrganisation:
      key = "ORG-A";
      lines = organisation_lines();
      break;
    case ObjectClass::kZone:
      key = ".";
      lines = zone_lines();
      break;
    case ObjectClass::kDomain:
      key = "ru.";
      lines = domain_lines();
      break;
    case ObjectClass::kCharter:
    case ObjectClass::kHost:
      object_class = ObjectClass::kHost;
      key = "a.ru.";
      lines = host_lines();
      break;
  }
  const auto version = *rc::gen::inRange(1, 1'000);
  auto object = Object::parse(std::string(class_name(object_class)) + ": " + key +
                              "\nversion: " + std::to_string(version) + "\n" + lines);
  RC_ASSERT(object.has_value());
  return std::move(*object);
}
inline ObjectClass any_class() {
  return *rc::gen::element(ObjectClass::kMember, ObjectClass::kOrganisation, ObjectClass::kZone,
                           ObjectClass::kDomain, ObjectClass::kHost);
}

}  // namespace resource
