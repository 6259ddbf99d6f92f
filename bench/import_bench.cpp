// Import of a whole root zone into a fresh registry of four members, to a counted checkpoint: the command
// that people use, timed from outside, several times. Floor of the same run: unpacking and reading the zone,
// and the signatures that its records carry, verified by each of the four.
// Arguments: [ZONE] [COMITY] [FOLDER]; without ZONE, the newest one of COMITY_DATA or ../shared/data.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "apps/registry_folder.h"
#include "apps/unpack.h"
#include "base/check.h"
#include "base/limits.h"
#include "bench/floors.h"
#include "import/zone_file.h"
#include "note/checkpoint.h"
#include "os/posix_files.h"
#include "record/record.h"
#include "storage/checkpoint_file.h"
#include "storage/log_folder.h"

namespace {

constexpr int kRounds = 5;

void run(const std::string& command) {
  const int status = std::system((command + " >/dev/null").c_str());
  if (status != 0) std::fprintf(stderr, "failed: %s\n", command.c_str());
  CHECK(status == 0);
}

std::uint64_t signatures_in(const std::string& registry) {
  const os::PosixFiles files;
  const std::string folder = apps::FolderLayout{registry}.log_folder();
  const auto text = storage::load_checkpoint(files, folder);
  CHECK(text.has_value());
  const auto checkpoint = note::parse_signed_checkpoint(base::as_text(*text));
  CHECK(checkpoint.has_value());
  std::uint64_t count = 0;
  const storage::LogFolder log(files, folder, checkpoint->checkpoint.size);
  CHECK(log.read_leaves(base::LeafIndex(2), base::LeafIndex(log.size().value()),
                        [&](base::LeafIndex, base::ByteView leaf) -> base::Result<void> {
                          ASSIGN_OR_RETURN(const record::Record record,
                                           record::Record::parse(base::as_text(leaf)));
                          count += record.signatures().size();
                          return {};
                        })
            .has_value());
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const char* const data = std::getenv("COMITY_DATA");
  const std::string zone =
      argc > 1 ? argv[1]
               : std::string(data != nullptr ? data : "../shared/data") + "/root-zone/root-20260822.zone.zst";
  const std::string comity = argc > 2 ? argv[2] : "build/comity";
  const std::string folder = argc > 3 ? argv[3] : "/tmp/comity-bench-import";
  os::PosixFiles files;
  if (!files.exists(zone).value_or(false)) {
    std::printf("no zone at %s: name one\n", zone.c_str());
    return 0;
  }
  std::vector<double> times;
  std::vector<double> processors;
  std::vector<double> reads;
  for (int round = 0; round < kRounds; ++round) {
    run("rm -rf '" + folder + "' && '" + comity + "' init '" + folder +
        "' --members 4 --origin registry.example/bench");
    const double before = bench::children_processor_seconds();
    times.push_back(
        bench::spend([&] { run("'" + comity + "' import root-zone '" + folder + "' '" + zone + "'"); }).wall);
    processors.push_back(bench::children_processor_seconds() - before);
    reads.push_back(bench::spend([&] {
                      const auto text = apps::read_packed(files, zone, base::kZoneFileBytesMax);
                      CHECK(text.has_value() && import::parse_zone(*text, ".").has_value());
                    }).wall);
  }
  const std::uint64_t signatures = signatures_in(folder);
  const double verified = bench::bare_verifications(4 * signatures, 60'000, 2).wall;
  const double floor = bench::median(reads) + verified;
  std::printf("import of %s: median %.3f s wall, %.3f s processor (%d runs, best %.3f s wall)\n",
              zone.c_str(), bench::median(times), bench::median(processors), kRounds,
              bench::quantile(times, 0));
  std::printf("  floor: reading it %.3f s, %llu signatures by four members %.3f s; import / floor = %.2f\n",
              bench::median(reads), static_cast<unsigned long long>(signatures), verified,
              bench::median(times) / floor);
  run("rm -rf '" + folder + "'");
  return 0;
}
