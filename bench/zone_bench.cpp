// What the signed root zone costs, by the log: the whole zone signed by 3 of 4 members in one process, beside BIND's
// dnssec-signzone with its own verification over the same zone, keys and algorithm in the same run; and an ordinary
// release, one delegation's DS, from the quorum of its proposal to the checked zone on the disk.
// Arguments: [ZONE] [THREADS] [ROUNDS]; without ZONE the newest one of COMITY_DATA or ../shared/data.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "apps/unpack.h"
#include "apps/zone_output.h"
#include "base/check.h"
#include "base/limits.h"
#include "bench/floors.h"
#include "charter/release_entries.h"
#include "codec/base64.h"
#include "os/posix_files.h"
#include "os/system_random.h"
#include "publish/dns/record_set.h"
#include "publish/dns/zone_check.h"
#include "tests/release/root_stage.h"

namespace {

using release_tests::RootStage;

constexpr std::uint64_t kHour = 3'600;

struct Times {
  std::vector<double> wall;
  std::vector<double> processor;
  void add(const bench::Spent& spent) {
    wall.push_back(spent.wall);
    processor.push_back(spent.processor);
  }
  void print(const char* what) const {
    std::printf("  %-58s %8.1f ms wall, %8.1f ms processor\n", what, 1e3 * bench::median(wall),
                1e3 * bench::median(processor));
  }
};

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// The zone without signatures and NSEC, and the keys, as dnssec-signzone wants them; its last two arguments.
std::string write_for_bind(const std::string& folder, const std::string& signed_text, const RootStage& root) {
  std::string bare;
  for (std::size_t at = 0; at < signed_text.size();) {
    const std::size_t end = signed_text.find('\n', at) + 1;
    const std::string line = signed_text.substr(at, end - at);
    if (!line.contains(" IN RRSIG ") && !line.contains(" IN NSEC ")) bare += line;
    at = end;
  }
  write(folder + "/bare.zone", bare);
  std::string names;
  for (std::size_t i = 0; i < 2; ++i) {
    const release_tests::SeededKey& seeded = root.keys()[i];
    const publish::ZoneKey key{seeded.flags, seeded.public_key, publish::KeyDuty::kStandby};
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "/K.+015+%05u", unsigned{publish::key_tag(key)});
    const std::string path = folder + name.data();
    std::string record;
    publish::append_record_line(record, ".", publish::kTypeDnskey, 172'800, publish::dnskey_data(key));
    write(path + ".key", record);
    write(path + ".private", "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\nPrivateKey: " +
                                 codec::serialize_base64(seeded.seed) + "\n");
    names += " '" + path + "'";
  }
  return names;
}

/// dnssec-signzone with its own verification, as it comes.
void measure_bind(const std::string& folder, const std::string& signed_text, const RootStage& root,
                  int rounds) {
  if (std::system("command -v dnssec-signzone >/dev/null") != 0) {
    std::printf("  dnssec-signzone is not installed: nothing to compare with\n");
    return;
  }
  const std::string command = "dnssec-signzone -x -q -O full -N keep -d '" + folder + "' -K '" + folder +
                              "' -o . -f '" + folder + "/theirs.zone' '" + folder + "/bare.zone'" +
                              write_for_bind(folder, signed_text, root) + " >/dev/null";
  Times times;
  for (int round = 0; round < rounds; ++round) {
    const double before = bench::children_processor_seconds();
    bench::Spent spent = bench::spend([&] { CHECK(std::system(command.c_str()) == 0); });
    spent.processor = bench::children_processor_seconds() - before;
    times.add(spent);
  }
  times.print("dnssec-signzone, with its own verification");
}

/// The zone from nothing: every position of both batches.
void measure_whole(const import::ParsedZone& zone, const std::string& folder, unsigned threads, int rounds) {
  os::SystemRandom random;
  Times laid_out, signing, whole;
  std::size_t positions = 0;
  std::string text;
  std::optional<RootStage> last;
  for (int round = 0; round < rounds; ++round) {
    RootStage root(random, threads);
    root.import(zone);
    root.deal_keys();
    whole.add(bench::spend([&] {
      laid_out.add(bench::spend([&] { root.tick(); }));
      positions = root.registry().releases().batch(".")->items.size();
      std::vector<std::string> leaves;
      signing.add(bench::spend([&] { leaves = root.sign(); }));
      root.play(leaves);
      root.play(root.sign());
    }));
    CHECK(root.registry().releases().published(".") != nullptr);
    text = root.registry().releases().published(".")->text();
    last.emplace(std::move(root));
  }
  std::printf(
      "whole zone, %zu signatures and one, 3 of 4 members in one process, %u threads, medians of %d\n",
      positions, threads, rounds);
  laid_out.print("laid out");
  signing.print("signed by three members, shares aggregated and checked");
  whole.print("all: laid out, signed, on the log, verified, published");
  measure_bind(folder, text, *last, rounds);
}

/// One more DS for the domains in turn.
std::vector<actors::Draft> small_change(RootStage& root, const std::string& domain, int round) {
  return root.stage().import(
      {actors::change("domain", domain,
                      {"+ ds-rdata: " + std::to_string(round + 1) + " 8 2 " + std::string(64, 'A')})},
      "change " + std::to_string(round));
}

std::vector<std::string> domains_without_ds(const registry::Registry& registry) {
  std::vector<std::string> names;
  registry.charter().for_each_object(resource::ObjectClass::kDomain, [&](const resource::Object& domain) {
    if (!domain.is_tombstone() && domain.values("ds-rdata").empty()) names.emplace_back(domain.key());
  });
  return names;
}

void measure_ordinary(const import::ParsedZone& zone, const std::string& folder, unsigned threads,
                      int rounds) {
  os::SystemRandom random;
  os::PosixFiles files;
  RootStage root(random, threads);
  root.import(zone);
  root.deal_keys();
  root.tick();
  root.release();
  apps::ZoneOutput output(files, folder + "/publish");
  CHECK(output.write(root.registry()).has_value());
  const std::vector<std::string> domains = domains_without_ds(root.registry());
  Times begun, signing, published, written, whole;
  std::size_t positions = 0;
  for (int round = 0; round < rounds; ++round) {
    root.stage().now = root.stage().now + base::Seconds(kHour / 4);
    const auto drafts = small_change(root, domains[static_cast<std::size_t>(round) % domains.size()], round);
    std::vector<std::string> votes;
    for (const actors::Draft& draft : drafts) votes.push_back(draft.leaf());
    whole.add(bench::spend([&] {
      begun.add(bench::spend([&] { root.play(votes); }));
      positions = root.registry().releases().batch(".")->items.size();
      std::vector<std::string> leaves;
      signing.add(bench::spend([&] { leaves = root.sign(); }));
      published.add(bench::spend([&] {
        root.play(leaves);
        root.play(root.sign());
      }));
      CHECK(root.registry().releases().batch(".") == nullptr);
      written.add(bench::spend([&] { CHECK(output.write(root.registry()).has_value()); }));
    }));
  }
  std::printf("ordinary release, %zu signatures and one, medians of %d\n", positions, rounds);
  begun.print("the block of the quorum: executed, release begun");
  signing.print("signed by three members");
  published.print("two blocks: signatures verified, ZONEMD signed, published");
  written.print("zone checked, written with its anchors, synced");
  whole.print("from quorum to published, checked zone");
}

}  // namespace

int main(int argc, char** argv) {
  CHECK(crypto::start().has_value());
  const char* const data = std::getenv("COMITY_DATA");
  const std::string path =
      argc > 1 ? argv[1]
               : std::string(data != nullptr ? data : "../shared/data") + "/root-zone/root-20260822.zone.zst";
  const unsigned threads = argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 2;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  os::PosixFiles files;
  if (!files.exists(path).value_or(false)) {
    std::printf("no zone at %s: name one\n", path.c_str());
    return 0;
  }
  const auto text = apps::read_packed(files, path, base::kZoneFileBytesMax);
  CHECK(text.has_value());
  const auto zone = import::parse_zone(*text, ".");
  CHECK(zone.has_value());
  const std::string folder = "/tmp/comity-bench-zone";
  CHECK(files.make_folders(folder).has_value());
  measure_whole(*zone, folder, threads, rounds);
  measure_ordinary(*zone, folder, threads, 4 * rounds);
  return std::system(("rm -rf '" + folder + "'").c_str());
}
