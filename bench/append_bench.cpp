// How fast records become durable under a counted checkpoint: in batches through one replica and through four
// in one process, and one record alone to a checkpoint cosigned by four. Floors of the same run: bare
// libsodium verifications on the same threads, and the disk's syncs.
// Arguments: [RECORDS] [BATCH] [THREADS] [FOLDER]
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/parallel.h"
#include "bench/floors.h"
#include "bench/sample_registry.h"
#include "engine/embedded/embedded_engine.h"
#include "note/checkpoint.h"
#include "os/posix_files.h"
#include "replica/replica.h"

namespace {

constexpr base::Seconds kDay(86'400);
constexpr std::size_t kBodyBytes = 270;
constexpr int kSingles = 200;

class SetClock final : public base::Clock {
 public:
  base::EpochSeconds now() const override { return time; }
  base::EpochSeconds time = bench::kGenesisTime;
};

/// Some replicas and the engine over them, with the organisations founded.
struct Seats {
  Seats(const bench::SampleRegistry& sample, const std::string& folder, unsigned count, unsigned threads)
      : timed(disk) {
    CHECK(std::system(("rm -rf '" + folder + "'").c_str()) == 0);
    std::vector<engine::Seat> seats;
    for (unsigned i = 0; i < count; ++i) {
      const std::string own = folder + "/" + bench::SampleRegistry::member(i);
      replica::ReplicaOptions options{&timed, &clock, own + "/log", own, own + "/snapshots", false, threads};
      auto made = replica::Replica::create(options, sample.genesis());
      if (!made) std::fprintf(stderr, "%s\n", made.error().message().c_str());
      CHECK(made.has_value());
      (*made)->seat(bench::SampleRegistry::member(i), sample.cosigner(i));
      seats.push_back({bench::SampleRegistry::member(i), made->get(), made->get()});
      replicas.push_back(std::move(*made));
    }
    engine = std::make_unique<engine::EmbeddedEngine>(
        seats, sample.log_key(), engine::EmbeddedOptions{std::string(bench::kOrigin), &clock, {}});
    for (auto& leaves : sample.founding()) submit(std::move(leaves));
    clock.time = clock.time + kDay;
  }

  void submit(std::vector<std::string> leaves) const {
    if (replicas.size() == 1) return append_alone(std::move(leaves));
    for (const auto& done : engine->submit(std::move(leaves))) {
      if (done) continue;
      std::fprintf(stderr, "%s\n", done.error().message().c_str());
      CHECK(false);
    }
  }

  /// One replica alone is no quorum of four, so the engine would order nothing upon its checkpoint: the replica is
  /// driven directly, up to its own cosignature.
  void append_alone(std::vector<std::string> leaves) const {
    replica::Replica& replica = *replicas.front();
    const registry::BlockInput block{replica.info().height.next(), clock.time, std::move(leaves)};
    const auto outcome = replica.finalize(block);
    CHECK(outcome.has_value());
    for (const auto& refusal : outcome->outcomes) CHECK(!refusal.has_value());
    const auto info = replica.commit();
    CHECK(info.has_value());
    const note::Checkpoint checkpoint{std::string(bench::kOrigin), info->size, info->root};
    CHECK(replica.cosign(note::serialize_checkpoint(checkpoint)).has_value());
  }

  os::PosixFiles disk;
  bench::TimedFiles timed;
  SetClock clock;
  std::vector<std::unique_ptr<replica::Replica>> replicas;
  std::unique_ptr<engine::EmbeddedEngine> engine;
};

std::vector<std::string> make_changes(const bench::SampleRegistry& sample, std::size_t count,
                                      base::EpochSeconds expires) {
  std::vector<std::string> leaves(count);
  base::parallel_for(2, count, 16, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) leaves[i] = sample.change(i, expires);
  });
  return leaves;
}

void batches(const bench::SampleRegistry& sample, const std::vector<std::string>& leaves, std::size_t batch,
             unsigned replicas, unsigned threads, const std::string& folder) {
  const Seats seats(sample, folder, replicas, threads);
  const std::size_t verifications = leaves.size() * replicas;
  const bench::Spent before = bench::bare_verifications(verifications / 2, kBodyBytes, threads);
  const bench::Spent spent = bench::spend([&] {
    for (std::size_t begin = 0; begin < leaves.size(); begin += batch) {
      const std::size_t end = std::min(begin + batch, leaves.size());
      seats.submit({leaves.begin() + static_cast<std::ptrdiff_t>(begin),
                    leaves.begin() + static_cast<std::ptrdiff_t>(end)});
    }
  });
  const bench::Spent after = bench::bare_verifications(verifications / 2, kBodyBytes, threads);
  const bench::Spent floor{before.wall + after.wall, before.processor + after.processor};
  const double count = static_cast<double>(leaves.size());
  std::printf("%u replica(s), batches of %zu: %8.0f records/s (%.2f s wall, %.2f s processor)\n", replicas,
              batch, count / spent.wall, spent.wall, spent.processor);
  std::printf(
      "  floor: its verifications   %8.0f records/s (%.2f s wall, %.2f s processor), floor / append = "
      "%.2f wall, %.2f processor\n",
      count / floor.wall, floor.wall, floor.processor, floor.wall / spent.wall,
      floor.processor / spent.processor);
  for (const auto& replica : seats.replicas) CHECK(replica->info().size == seats.replicas[0]->info().size);
}

/// One record at a time, each to a checkpoint that all four cosigned and keep.
void singles(const bench::SampleRegistry& sample, const std::vector<std::string>& leaves, unsigned threads,
             const std::string& folder) {
  const Seats seats(sample, folder, 4, threads);
  std::vector<double> times;
  const std::uint64_t files_before = seats.timed.file_syncs();
  const std::uint64_t folders_before = seats.timed.folder_syncs();
  std::vector<double> floors;
  for (int i = 0; i < kSingles; ++i) {
    times.push_back(bench::spend([&] { seats.submit({leaves[static_cast<std::size_t>(i)]}); }).wall);
    // The critical path: the sequencer makes the block durable (a bundle, a tile, their folders, its memory),
    // then the others do the same side by side, then all keep the checkpoint.
    if (i % 10 == 0) {
      const bench::SyncCost cost =
          bench::sync_cost(const_cast<os::PosixFiles&>(seats.disk), folder, 4'096, 5);
      floors.push_back(7 * cost.file + 7 * cost.folder);
    }
  }
  const auto per_record = [&](std::uint64_t now, std::uint64_t then) {
    return static_cast<double>(now - then) / kSingles;
  };
  std::printf("one record to a checkpoint cosigned by four: p50 %.2f ms, p90 %.2f ms\n",
              1e3 * bench::median(times), 1e3 * bench::quantile(times, 0.9));
  std::printf(
      "  floor: its 14 syncs in a row %.2f ms, p50 / floor = %.2f; all four: %.1f file and %.1f folder "
      "syncs\n",
      1e3 * bench::median(floors), bench::median(times) / bench::median(floors),
      per_record(seats.timed.file_syncs(), files_before),
      per_record(seats.timed.folder_syncs(), folders_before));
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t records = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  const std::size_t batch = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000;
  const unsigned threads = argc > 3 ? static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10)) : 2;
  const std::string folder = argc > 4 ? argv[4] : "/tmp/comity-bench-append";
  CHECK(crypto::start().has_value());
  const bench::SampleRegistry sample(std::max<std::size_t>(records / 90, 100));
  const std::vector<std::string> leaves =
      make_changes(sample, records, bench::kGenesisTime + base::Seconds(10 * kDay.value()));
  batches(sample, leaves, batch, 1, threads, folder);
  batches(sample, {leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(records / 4)}, batch, 4,
          threads, folder);
  singles(sample, leaves, threads, folder);
  CHECK(std::system(("rm -rf '" + folder + "'").c_str()) == 0);
  return 0;
}
