// A full audit of a log, beside its floor: the same number of bare libsodium verifications on the same
// threads, in slices before, between and after. Prints wall and processor time of both.
// Arguments: [LEAVES] [THREADS] [FOLDER] [BLOCK]; the log is made in FOLDER on the first run and kept.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "apps/registry_folder.h"
#include "audit/fsck.h"
#include "base/check.h"
#include "base/limits.h"
#include "bench/floors.h"
#include "bench/sample_registry.h"
#include "codec/time_text.h"
#include "merkle/log_tree.h"
#include "note/checkpoint.h"
#include "os/posix_files.h"
#include "record/record.h"
#include "registry/registry.h"
#include "registry/replay.h"
#include "registry/verify_ahead.h"
#include "storage/checkpoint_file.h"
#include "storage/log_folder.h"

namespace {

/// COMITY_BENCH_ROUNDS; medians are taken over them.
int rounds() {
  const char* const text = std::getenv("COMITY_BENCH_ROUNDS");
  return text == nullptr ? 3 : std::max(1, std::atoi(text));
}
/// Bytes that the signature of a routine change covers.
constexpr std::size_t kBodyBytes = 270;

struct Measured {
  bench::Spent spent;
  std::uint64_t leaves = 0;
  std::uint64_t signatures = 0;
};

Measured audit(const storage::LogFolder& log, const note::Checkpoint& checkpoint, audit::Trust trust,
               unsigned threads) {
  Measured measured;
  measured.spent = bench::spend([&] {
    const auto report = audit::check_log(log, checkpoint, {trust, threads, {}});
    if (!report) std::fprintf(stderr, "%s\n", report.error().message().c_str());
    CHECK(report.has_value());
    measured.leaves = report->leaves;
    measured.signatures = report->signatures;
  });
  return measured;
}

/// Processor time: the loop is on this thread alone.
template <typename Body>
double seconds(const Body& body) {
  timespec begin{};
  timespec end{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
  body();
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  return static_cast<double>(end.tv_sec - begin.tv_sec) +
         1e-9 * static_cast<double>(end.tv_nsec - begin.tv_nsec);
}

double per_second(std::uint64_t count, double seconds) {
  return static_cast<double>(count) / seconds;
}

void full_audit(const storage::LogFolder& log, const note::Checkpoint& checkpoint, unsigned threads) {
  std::vector<double> wall_ratios;
  std::vector<double> processor_ratios;
  const std::uint64_t slice = log.size().value() / 4 + 1;
  for (int round = 0; round < rounds(); ++round) {
    const bench::Spent before = bench::bare_verifications(slice, kBodyBytes, threads);
    const Measured full = audit(log, checkpoint, audit::Trust::kNothing, threads);
    const bench::Spent after = bench::bare_verifications(slice, kBodyBytes, threads);
    const double scale = static_cast<double>(full.signatures) / (2 * static_cast<double>(slice));
    const double wall_floor = scale * (before.wall + after.wall);
    const double processor_floor = scale * (before.processor + after.processor);
    wall_ratios.push_back(wall_floor / full.spent.wall);
    processor_ratios.push_back(processor_floor / full.spent.processor);
    std::printf("full audit         %8llu leaves %7.2f s wall %7.2f s processor  %8.0f signatures/s\n",
                static_cast<unsigned long long>(full.leaves), full.spent.wall, full.spent.processor,
                per_second(full.signatures, full.spent.wall));
    std::printf("  floor: libsodium %8llu        %7.2f s wall %7.2f s processor  %8.0f signatures/s\n",
                static_cast<unsigned long long>(full.signatures), wall_floor, processor_floor,
                per_second(full.signatures, wall_floor));
    std::printf("  floor / audit = %.3f wall, %.3f processor\n", wall_ratios.back(), processor_ratios.back());
  }
  std::printf("full audit, median floor / audit = %.3f wall, %.3f processor\n", bench::median(wall_ratios),
              bench::median(processor_ratios));
}

void trusting_audit(const storage::LogFolder& log, const note::Checkpoint& checkpoint, unsigned threads) {
  std::vector<double> rates;
  std::vector<double> processor_rates;
  for (int round = 0; round < rounds(); ++round) {
    const Measured trusting = audit(log, checkpoint, audit::Trust::kCheckpoint, threads);
    rates.push_back(per_second(trusting.leaves, trusting.spent.wall));
    processor_rates.push_back(1e6 * trusting.spent.processor / static_cast<double>(trusting.leaves));
    std::printf("trusting audit     %8llu leaves %7.2f s wall %7.2f s processor  %8.0f leaves/s\n",
                static_cast<unsigned long long>(trusting.leaves), trusting.spent.wall,
                trusting.spent.processor, rates.back());
  }
  std::printf("trusting audit, median %.0f leaves/s, %.2f us of processor a leaf\n", bench::median(rates),
              bench::median(processor_rates));
}

/// Where the time goes, on one thread: microseconds of each stage per leaf.
void stages(const storage::LogFolder& log) {
  double read = 0;
  double parse = 0;
  double apply = 0;
  double rehash = 0;
  std::optional<registry::Registry> registry;
  registry::TrustingChecker checker;
  std::vector<record::Record> records;
  const std::uint64_t bundles = log.size().value() / base::kTileWidth;
  const auto end_block = [&](const record::Record& block) {
    if (!registry) {
      registry.emplace(std::move(*registry::replay_genesis(records.front(), block, checker)));
      return;
    }
    registry->begin_block(*codec::read_time(block.value("time")));
    apply += seconds([&] {
      for (const record::Record& record : records) CHECK(registry->apply(record, checker).has_value());
    });
    rehash += seconds([&] { CHECK(registry->end_block() == block.leaf()); });
  };
  for (std::uint64_t index = 0; index < bundles; ++index) {
    storage::Bundle bundle;
    std::vector<record::Record> parsed;
    read += seconds([&] {
      bundle = std::move(*log.read_bundle(merkle::TileIndex(index)));
      std::vector<base::Hash> hashes;
      for (const base::ByteView leaf : bundle.leaves) hashes.push_back(merkle::leaf_hash(leaf));
      CHECK(merkle::root_of(hashes) != base::Hash{});
    });
    parse += seconds([&] {
      for (const base::ByteView leaf : bundle.leaves) {
        parsed.push_back(std::move(*record::Record::parse(base::as_text(leaf))));
      }
    });
    for (record::Record& record : parsed) {
      if (record.kind() != record::Kind::kBlock) {
        records.push_back(std::move(record));
        continue;
      }
      end_block(record);
      records.clear();
    }
  }
  const double scale = 1e6 / static_cast<double>(bundles * base::kTileWidth);
  std::printf(
      "stages, us a leaf on one thread: read and hash %.2f, parse %.2f, apply %.2f, end of block %.2f\n",
      scale * read, scale * parse, scale * apply, scale * rehash);
}

/// What an audit that trusts the checkpoint cannot do without: read every bundle.
void read_floor(const storage::LogFolder& log) {
  std::uint64_t bytes = 0;
  const bench::Spent spent = bench::spend([&] {
    CHECK(log.read_leaves(base::LeafIndex(0), base::LeafIndex(log.size().value()),
                          [&](base::LeafIndex, base::ByteView leaf) -> base::Result<void> {
                            bytes += leaf.size();
                            return {};
                          })
              .has_value());
  });
  std::printf("  floor: reading it, one thread %.2f s wall, %.0f MB\n", spent.wall,
              static_cast<double>(bytes) / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  bench::LogOptions options;
  options.leaves = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  options.threads = argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 2;
  if (argc > 4) options.block_records = std::strtoull(argv[4], nullptr, 10);
  options.folder = argc > 3 ? argv[3]
                            : "/tmp/comity-bench-" + std::to_string(options.leaves) + "-" +
                                  std::to_string(options.block_records);
  options.organisations = options.leaves / 100;
  CHECK(crypto::start().has_value());
  bench::make_log(options);

  const os::PosixFiles files;
  const std::string folder = apps::FolderLayout{options.folder}.log_folder();
  const auto text = storage::load_checkpoint(files, folder);
  CHECK(text.has_value());
  const auto checkpoint = note::parse_signed_checkpoint(base::as_text(*text));
  CHECK(checkpoint.has_value());
  const storage::LogFolder log(files, folder, checkpoint->checkpoint.size);
  read_floor(log);
  stages(log);
  trusting_audit(log, checkpoint->checkpoint, options.threads);
  if (std::getenv("COMITY_BENCH_SHORT") != nullptr) return 0;
  full_audit(log, checkpoint->checkpoint, options.threads);
  return 0;
}
