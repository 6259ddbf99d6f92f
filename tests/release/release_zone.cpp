// release_zone ZONE-FILE APEX SECONDS FOLDER: what tests/dnssec/sign_zone does, by the log: imports the root zone by
// proposals, releases it at that POSIX time with signatures of 3 of 4 members, and writes what is published: root.zone,
// unsigned.zone, trust-anchor.key, trust-anchor.ds, the ZSK and KSK as BIND keeps them, and next.zone, the release that
// follows an hour later from proposals that give one delegation another DS and put one to sleep.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "apps/zone_output.h"
#include "base/check.h"
#include "charter/release_entries.h"
#include "codec/base64.h"
#include "os/system_random.h"
#include "publish/dns/record_set.h"
#include "publish/dns/zone_check.h"
#include "publish/dns/zone_text.h"
#include "registry/state_objects.h"
#include "release/root_stage.h"

namespace {

using Clock = std::chrono::steady_clock;
using release_tests::RootStage;

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void write_bind_key(const std::string& folder, const std::string& apex,
                    const release_tests::SeededKey& seeded) {
  const publish::ZoneKey key{seeded.flags, seeded.public_key, publish::KeyDuty::kStandby};
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "+015+%05u", unsigned{publish::key_tag(key)});
  const std::string path = folder + "/K" + apex + name.data();
  std::string record;
  publish::append_record_line(record, apex, publish::kTypeDnskey, 172'800, publish::dnskey_data(key));
  write(path + ".key", record);
  write(path + ".private", "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\nPrivateKey: " +
                               codec::serialize_base64(seeded.seed) + "\n");
}

/// The first delegation with DS gets another one, the last without DS goes to sleep.
std::vector<actors::Paragraph> small_change(const registry::Registry& registry) {
  using resource::ObjectClass;
  std::string with_ds;
  std::string without_ds;
  registry.charter().for_each_object(ObjectClass::kDomain, [&](const resource::Object& domain) {
    if (domain.is_tombstone() || domain.value("status") != "active") return;
    const bool has_ds = !domain.values("ds-rdata").empty();
    if (has_ds && (with_ds.empty() || domain.key() < with_ds)) with_ds = domain.key();
    if (!has_ds && domain.key() > without_ds) without_ds = domain.key();
  });
  std::vector<actors::Paragraph> changes{
      actors::change("domain", with_ds, {"+ ds-rdata: 1 8 2 " + std::string(64, 'A')})};
  if (!without_ds.empty())
    changes.push_back(actors::change("domain", without_ds, {"- status: active", "+ status: inactive"}));
  return changes;
}

void say_time(const char* what, Clock::time_point since) {
  const std::chrono::duration<double, std::milli> took = Clock::now() - since;
  std::printf("%s: %.1f ms\n", what, took.count());
}

}  // namespace

int main(int count, char** words) {
  if (count != 5) {
    std::fprintf(stderr, "release_zone ZONE-FILE APEX SECONDS FOLDER\n");
    return 2;
  }
  CHECK(crypto::start().has_value());
  std::ostringstream file;
  file << std::ifstream(words[1], std::ios::binary).rdbuf();
  const std::string apex = words[2];
  const std::string folder = words[4];
  const base::EpochSeconds time(std::strtoull(words[3], nullptr, 10));
  const std::string text = file.str();
  const auto zone = import::parse_zone(base::as_bytes(text), apex);
  if (!zone || apex != ".") {
    std::fprintf(stderr, "%s\n", zone ? "the root zone alone" : zone.error().message().c_str());
    return 2;
  }
  os::SystemRandom random;
  RootStage root(random, 2);
  auto since = Clock::now();
  root.import(*zone);
  say_time("imported", since);
  root.deal_keys();
  root.move_to(time);
  since = Clock::now();
  root.tick();
  root.release();
  say_time("released", since);
  const auto files = apps::published_files(root.registry(), apex);
  CHECK(files.has_value());
  const std::uint32_t serial = root.registry().charter().release(apex)->published->serial;
  write(folder + "/root.zone", files->zone);
  write(folder + "/unsigned.zone",
        publish::zone_text(registry::StateObjects(root.registry().charter()), apex, serial).value());
  write(folder + "/trust-anchor.key", files->anchor_keys);
  write(folder + "/trust-anchor.ds", files->anchor_ds);
  for (std::size_t i = 0; i < 2; ++i) write_bind_key(folder, apex, root.keys()[i]);

  const base::EpochSeconds later = time + base::Seconds(3600);
  root.move_to(later);
  since = Clock::now();
  root.stage().play(root.stage().import(small_change(root.registry()), "small change"));
  root.release();
  say_time("next release", since);
  const auto next = apps::published_files(root.registry(), apex);
  write(folder + "/next.zone", next->zone);
  publish::VerifiedSignatures known(2);
  const auto checked = publish::check_zone(next->zone, apex, later, {}, known);
  if (!checked) std::fprintf(stderr, "%s\n", checked.error().message().c_str());
  return checked && next->zone != files->zone ? 0 : 1;
}
