// One good text of every class, for tests of this room and of those above it. Not for production.
#pragma once

#include <array>
#include <string>

#include "codec/base64.h"

namespace resource {

/// A key value with the right syntax; no point of the curve is behind it.
inline std::string sample_key(base::Byte number) {
  std::array<base::Byte, 33> bytes{};
  bytes[0] = 1;
  bytes[1] = number;
  return codec::serialize_base64(bytes);
}

inline const std::string& sample_domain() {
  static const std::string text =
      "domain: ru.\nversion: 7\nholder: ORG-RIPN\nstatus: active\nregistry-lock: on\nnserver: "
      "a.dns.ripn.net.\n"
      "nserver: b.dns.ripn.net.\n"
      "ds-rdata: 12345 13 2 AB34567890123456789012345678901234567890123456789012345678901234\n";
  return text;
}
inline const std::string& sample_host() {
  static const std::string text =
      "host: a.dns.ripn.net.\nversion: 1\naddress: 193.232.128.6\naddress: 2001:678:17:0:193:232:128:6\n";
  return text;
}
inline const std::string& sample_zone() {
  static const std::string text =
      "zone: .\nversion: 1\nmname: a.root-servers.net.\nrname: nstld.verisign-grs.com.\nrefresh: "
      "1800\nretry: 900\n"
      "expire: 604800\nminimum: 86400\nnserver: a.root-servers.net.\nttl: apex 518400\nttl: delegation "
      "172800\n"
      "ttl: signed 86400\n";
  return text;
}
inline const std::string& sample_organisation() {
  static const std::string text =
      "organisation: ORG-RIPN\nversion: 1\norg-name: "
      "\xd0\xa0\xd0\x9e\xd0\xa1\xd0\x9d\xd0\x98\xd0\x98\xd0\xa0\xd0\x9e\xd0\xa1\n"
      "country: RU\nauth: admin " +
      sample_key(1) + "\nauth: admin " + sample_key(2) + "\nauth: dns " + sample_key(3) +
      "\nthreshold: admin 2\n";
  return text;
}
inline const std::string& sample_member() {
  static const std::string text =
      "member: MEMBER-ALPHA\nversion: 1\norganisation: ORG-ALPHA\ngovernance: " + sample_key(11) +
      "\ngovernance: " + sample_key(12) + "\ngovernance-threshold: 2\noperator: " + sample_key(13) +
      "\nregistrar: " + sample_key(14) + "\nurl: https://alpha.example/\n";
  return text;
}

}  // namespace resource
