// A hub over HTTP, as its users meet it: `comity serve` as a process of its own, asked over loopback sockets.
//   hub_bench --catch-up [LEAVES]    a member from nothing to the end of the log, beside fsck of the same folder
//   hub_bench --submit [RECORDS]     records to receipts in counted checkpoints: as many as it takes, then at half of
//                                    5,000/s in an open loop
//   hub_bench --receipts [SECONDS]   receipts of domains with fresh proofs
//   hub_bench --folder LEAVES        makes the hub's folder and prints it: for http_bench.py --hub
// Without arguments all three. Folders are kept in TMPDIR (/tmp) for the next run, but the one that is submitted to.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/registry_folder.h"
#include "audit/fsck.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/parallel.h"
#include "bench/floors.h"
#include "bench/load.h"
#include "bench/sample_registry.h"
#include "bench/served_hub.h"
#include "note/checkpoint.h"
#include "os/posix_files.h"
#include "replica/follower.h"
#include "replica/http_hub_source.h"
#include "storage/checkpoint_file.h"
#include "storage/log_folder.h"

namespace {

constexpr unsigned kThreads = 2;
constexpr double kAimPerSecond = 5'000;
constexpr base::Seconds kDay(86'400);
constexpr std::size_t kSubmitOrganisations = 5'000;
/// Of one organisation, which may not change everything every day.
constexpr std::uint64_t kChangesEachMax = 60;

template <typename T>
T must(base::Result<T> result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().message().c_str());
  CHECK(result.has_value());
  return std::move(*result);
}

int rounds() {
  const char* const text = std::getenv("COMITY_BENCH_ROUNDS");
  return text == nullptr ? 3 : std::max(1, std::atoi(text));
}

bench::LogOptions log_options(std::uint64_t leaves) {
  bench::LogOptions options;
  options.leaves = leaves;
  options.organisations = std::max<std::uint64_t>(leaves / 100, 100);
  options.folder =
      (std::filesystem::temp_directory_path() / "comity-hub-bench-").string() + std::to_string(leaves);
  return options;
}

class SetClock final : public base::Clock {
 public:
  base::EpochSeconds now() const override { return time; }
  base::EpochSeconds time = bench::kGenesisTime + base::Seconds(40 * kDay.value());
};

bench::Spent audit(const std::string& folder) {
  const os::PosixFiles files;
  const std::string log_folder = apps::FolderLayout{folder}.log_folder();
  const auto text = must(storage::load_checkpoint(files, log_folder));
  const auto checkpoint = must(note::parse_signed_checkpoint(base::as_text(text))).checkpoint;
  const storage::LogFolder log(files, log_folder, checkpoint.size);
  return bench::spend([&] {
    CHECK(must(audit::check_log(log, checkpoint, {audit::Trust::kNothing, kThreads, {}})).leaves ==
          checkpoint.size.value());
  });
}

/// A member's machine that was founded and knows nothing beyond the genesis yet. A clock that all blocks are past.
struct NewMember {
  NewMember(const std::string& hub_folder, const std::string& folder, const std::string& url)
      : sample(1), source(must(replica::HttpHubSource::create(url, {}))) {
    std::filesystem::remove_all(folder);
    CHECK(files.make_folders(folder).has_value());
    const apps::FolderLayout hub{hub_folder};
    const base::Bytes policy = must(files.read(hub.policy_file(), 65'536));
    CHECK(base::replace_file(files, folder + "/policy", policy, base::FileMode::kPublic).has_value());
    replica::FollowerOptions options;
    options.replica = {&files, &clock, folder + "/log", folder, folder + "/snapshots", false, kThreads};
    options.origin = std::string(bench::kOrigin);
    options.policy_file = folder + "/policy";
    options.policies_folder = folder + "/policies";
    options.member = bench::SampleRegistry::member(1);
    options.operator_keys = [this]() -> base::Result<std::vector<note::Signer>> {
      std::vector<note::Signer> keys;
      keys.push_back(sample.cosigner(1));
      return keys;
    };
    const base::Bytes genesis = must(files.read(hub.genesis_file(), 65'536));
    must(replica::Replica::create(options.replica, base::as_text(genesis)));
    follower = must(replica::Follower::open(std::move(options), *source));
  }

  os::PosixFiles files;
  SetClock clock;
  bench::SampleRegistry sample;
  std::unique_ptr<replica::HttpHubSource> source;
  std::unique_ptr<replica::Follower> follower;
};

void catch_up(const std::string& program, std::uint64_t leaves) {
  const bench::LogOptions options = log_options(leaves);
  bench::make_hub(options);
  const bench::ServedHub hub(program, options.folder);
  // One a round: on ext4, making files where many were just removed costs a scan of those.
  const auto folder = [&](int round) { return options.folder + "-member-" + std::to_string(round); };
  std::vector<double> wall_shares;
  std::vector<double> processor_shares;
  for (int round = 0; round < rounds(); ++round) {
    const bench::Spent fsck = audit(options.folder);
    const NewMember member(options.folder, folder(round), hub.url());
    const double served_before = hub.processor_seconds();
    const bench::Spent caught = bench::spend([&] {
      const replica::FollowerStep step = must(member.follower->step(base::Seconds(0)));
      CHECK(step.published);
    });
    const double served = hub.processor_seconds() - served_before;
    const auto count = static_cast<double>(member.follower->status().counted.value());
    CHECK(count >= static_cast<double>(leaves));
    wall_shares.push_back(fsck.wall / caught.wall);
    processor_shares.push_back(fsck.processor / caught.processor);
    std::printf("fsck     %8.0f records/s  %6.2f s wall %6.2f s processor\n", count / fsck.wall, fsck.wall,
                fsck.processor);
    std::printf("catch up %8.0f records/s  %6.2f s wall %6.2f s processor, the hub's %.2f s beside it\n",
                count / caught.wall, caught.wall, caught.processor, served);
    std::printf("  catch up / fsck = %.3f wall, %.3f processor\n", wall_shares.back(),
                processor_shares.back());
  }
  for (int round = 0; round < rounds(); ++round) std::filesystem::remove_all(folder(round));
  std::printf("catch up / fsck, median speed of %d: %.3f wall, %.3f processor\n", rounds(),
              bench::median(wall_shares), bench::median(processor_shares));
}

void print_load(const char* what, const bench::LoadReport& report, double served) {
  const auto count = static_cast<double>(report.good);
  if (report.bad > 0) {
    std::printf("  %llu refused, the first: %s\n", static_cast<unsigned long long>(report.bad),
                report.first_bad.c_str());
  }
  std::printf(
      "%s: %.0f/s (%.0f in %.2f s); p50 %.1f ms, p90 %.1f, p99 %.1f, max %.1f; processor each: "
      "comity %.1f us, load %.1f us\n",
      what, count / report.seconds, count, report.seconds, 1e3 * bench::median(report.latencies),
      1e3 * bench::quantile(report.latencies, 0.9), 1e3 * bench::quantile(report.latencies, 0.99),
      1e3 * bench::quantile(report.latencies, 1), 1e6 * served / count, 1e6 * report.processor / count);
  if (report.late > 0) {
    std::printf("  %llu waited for a free connection\n", static_cast<unsigned long long>(report.late));
  }
  std::fflush(stdout);
}

/// Signed beforehand: what signing costs is the submitters' affair.
std::vector<std::string> submissions(const bench::SampleRegistry& sample, std::uint64_t first,
                                     std::size_t count) {
  std::vector<std::string> requests(count);
  const base::EpochSeconds expires = bench::kGenesisTime + base::Seconds(8 * kDay.value());
  base::parallel_for(kThreads, count, 16, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      requests[i] = bench::post_request("/api/v1/records", "text/plain", sample.change(first + i, expires));
    }
  });
  return requests;
}

void submit(const std::string& program, std::size_t records) {
  bench::LogOptions options = log_options(records);
  options.organisations = std::max<std::size_t>(kSubmitOrganisations, records / kChangesEachMax);
  options.leaves = 2 * options.organisations;
  options.days = 0;  // so that time stands where the founding left it
  options.folder += "-submit";
  std::filesystem::remove_all(options.folder);
  const std::uint64_t first = bench::make_hub(options);
  const bench::SampleRegistry sample(options.organisations);
  const std::vector<std::string> requests = submissions(sample, first, records);
  {
    const bench::ServedHub hub(program, options.folder);
    const bench::QuickMembers members(sample, hub.url());
    std::size_t next = 0;
    std::size_t end = records / 2;
    const auto take = [&]() -> std::string_view {
      return next < end ? std::string_view(requests[next++]) : std::string_view();
    };
    double before = hub.processor_seconds();
    bench::LoadReport report = bench::run_load({.address = hub.address(), .connections = 512}, take);
    print_load("receipts of submitted records, 512 connections", report, hub.processor_seconds() - before);
    end = records;
    before = hub.processor_seconds();
    report =
        bench::run_load({.address = hub.address(), .connections = 1'024, .rate = kAimPerSecond / 2}, take);
    print_load("the same at 2,500/s, open loop", report, hub.processor_seconds() - before);
  }
  std::filesystem::remove_all(options.folder);
}

void receipts(const std::string& program, double seconds) {
  const bench::LogOptions options = log_options(200'000);
  bench::make_hub(options);
  const bench::ServedHub hub(program, options.folder);
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < options.organisations; ++i) {
    requests.push_back(bench::get_request("/api/v1/receipts/domain/" + bench::SampleRegistry::domain(i)));
  }
  for (const unsigned connections : {64U, 1U}) {
    std::size_t next = 0;
    const double before = hub.processor_seconds();
    const bench::LoadReport report =
        bench::run_load({.address = hub.address(), .connections = connections, .seconds = seconds},
                        [&]() -> std::string_view { return requests[next++ % requests.size()]; });
    const std::string what = "receipts with fresh proofs, " + std::to_string(connections) + " connection(s)";
    print_load(what.c_str(), report, hub.processor_seconds() - before);
    std::printf("  %.0f bytes each\n", static_cast<double>(report.bytes) / static_cast<double>(report.good));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  const std::uint64_t number = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
  const std::string program = std::filesystem::canonical(argv[0]).parent_path().parent_path() / "comity";
  CHECK(crypto::start().has_value());
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (mode == "--folder") {
    const bench::LogOptions options = log_options(number > 0 ? number : 200'000);
    bench::make_hub(options);
    std::printf("%s\n", options.folder.c_str());
    return 0;
  }
  if (mode.empty() || mode == "--catch-up") catch_up(program, number > 0 ? number : 200'000);
  if (mode.empty() || mode == "--submit") submit(program, number > 0 ? number : 100'000);
  if (mode.empty() || mode == "--receipts") receipts(program, number > 0 ? static_cast<double>(number) : 5);
  return 0;
}
