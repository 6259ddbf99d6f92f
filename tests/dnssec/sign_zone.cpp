// sign_zone ZONE-FILE APEX SECONDS FOLDER: imports a zone file and writes what a release at that POSIX time
// publishes, signed with ordinary keys of fixed seeds (never for anything but tests): root.zone,
// unsigned.zone, trust-anchor.key, trust-anchor.ds, the keys as BIND keeps them (K*.key, K*.private), and
// next.zone, a second release an hour later in which one DS set is new and one delegation has gone.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "codec/base64.h"
#include "dnssec/stage.h"
#include "publish/dns/trust_anchor.h"
#include "publish/dns/zone_check.h"
#include "publish/dns/zone_text.h"

namespace {

using Clock = std::chrono::steady_clock;

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// The key files of dnssec-signzone and ldns-signzone.
void write_bind_key(const std::string& folder, const std::string& apex, const publish::ZoneKey& key,
                    const crypto::SecretKey& secret) {
  std::array<base::Byte, 32> seed{};
  secret.export_seed(seed);
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "+015+%05u", unsigned{publish::key_tag(key)});
  const std::string path = folder + "/K" + apex + name.data();
  std::string record;
  publish::append_record_line(record, apex, publish::kTypeDnskey, 172'800, publish::dnskey_data(key));
  write(path + ".key", record);
  write(path + ".private", "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\nPrivateKey: " +
                               codec::serialize_base64(seed) + "\n");
}

/// The first delegation with DS gets another one, the last without DS goes to sleep.
void change_a_little(zone_tests::MapRegistry& registry) {
  using resource::ObjectClass;
  std::string with_ds;
  std::string without_ds;
  registry.for_each(ObjectClass::kDomain, [&](const resource::Object& domain) {
    if (domain.is_tombstone() || domain.value("status") != "active") return;
    const bool has_ds = !domain.values("ds-rdata").empty();
    if (has_ds && with_ds.empty()) with_ds = domain.text();
    if (!has_ds) without_ds = domain.text();
  });
  const auto replace = [&](std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos) return;
    text.replace(at, from.size(), to);
    registry.put(text);
  };
  replace(with_ds, "\nds-rdata: ", "\nds-rdata: 1 8 2 " + std::string(64, 'A') + "\nds-rdata: ");
  replace(without_ds, "\nstatus: active", "\nstatus: inactive");
}

void say_time(const char* what, Clock::time_point since) {
  const std::chrono::duration<double, std::milli> took = Clock::now() - since;
  std::printf("%s: %.1f ms\n", what, took.count());
}

}  // namespace

int main(int count, char** words) {
  if (count != 5) {
    std::fprintf(stderr, "sign_zone ZONE-FILE APEX SECONDS FOLDER\n");
    return 2;
  }
  std::ostringstream file;
  file << std::ifstream(words[1], std::ios::binary).rdbuf();
  const std::string apex = words[2];
  const std::string folder = words[4];
  const base::EpochSeconds time(std::strtoull(words[3], nullptr, 10));
  const dnssec_tests::Signer signer;
  zone_tests::MapRegistry registry = dnssec_tests::registry_of(file.str(), apex);
  const std::uint32_t serial = publish::serial_for(std::nullopt, time);
  const publish::Release release = dnssec_tests::release_at(signer, apex, serial, time);
  publish::VerifiedSignatures known(2);

  auto since = Clock::now();
  const publish::SignedZone zone = dnssec_tests::signed_zone(registry, release, signer, nullptr, known);
  say_time("signed", since);
  since = Clock::now();
  const std::string text = zone.text();
  say_time("text", since);
  write(folder + "/root.zone", text);
  write(folder + "/unsigned.zone", publish::zone_text(registry, apex, serial).value());
  write(folder + "/trust-anchor.key", publish::trust_anchor_keys(apex, 172'800, release.keys));
  write(folder + "/trust-anchor.ds", publish::trust_anchor_ds(apex, 172'800, release.keys));
  write_bind_key(folder, apex, release.keys[0], signer.zsk());
  write_bind_key(folder, apex, release.keys[1], signer.ksk());

  change_a_little(registry);
  const base::EpochSeconds later = time + base::Seconds(3600);
  const publish::Release next =
      dnssec_tests::release_at(signer, apex, publish::serial_for(serial, later), later);
  since = Clock::now();
  const publish::SignedZone after = dnssec_tests::signed_zone(registry, next, signer, &zone, known);
  const std::string after_text = after.text();
  say_time("next release signed", since);
  write(folder + "/next.zone", after_text);
  since = Clock::now();
  const auto checked = publish::check_zone(after_text, apex, later, {}, known);
  say_time("next release checked", since);
  if (!checked) std::fprintf(stderr, "%s\n", checked.error().message().c_str());
  return checked ? 0 : 1;
}
