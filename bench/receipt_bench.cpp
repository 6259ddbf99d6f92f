// How many receipts with fresh proofs the service makes each second, without sockets, on one thread and on all;
// beside them the floor: the hashing that one proof's check takes, and the bare making of the trie's path.
// Arguments: [ORGANISATIONS] [SECONDS] [THREADS] [FOLDER]
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/service.h"
#include "base/check.h"
#include "bench/floors.h"
#include "bench/sample_registry.h"
#include "merkle/log_tree.h"
#include "os/posix_files.h"
#include "os/system_clock.h"
#include "replica/view.h"

namespace {

using Clock = std::chrono::steady_clock;

/// Counts bytes and forgets the answer.
class Sink final : public net::ReplySink {
 public:
  void send(net::Response response) override {
    CHECK(response.status == 200);
    bytes += response.text().size();
  }
  std::shared_ptr<net::EventStream> stream(net::Response) override { return nullptr; }
  bool is_gone() const override { return false; }
  std::size_t bytes = 0;
};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Calls of `body(number)` a second, on `threads` threads.
template <typename Body>
double rate(unsigned threads, double seconds, const Body& body) {
  std::atomic<std::uint64_t> calls{0};
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        std::uint64_t own = 0;
        for (; (own & 63) != 0 || seconds_since(begin) < seconds; ++own) body(own * threads + t);
        calls += own;
      });
    }
  }
  return static_cast<double>(calls) / seconds_since(begin);
}

void measure(api::Service& service, const replica::View& view, const std::vector<std::string>& targets,
             unsigned threads, double seconds) {
  std::atomic<std::size_t> bytes{0};
  const double receipts = rate(threads, seconds, [&](std::uint64_t number) {
    const auto sink = std::make_shared<Sink>();
    service.answer({"GET", targets[number % targets.size()], "", {}, ""}, net::Reply(sink));
    bytes = sink->bytes;
  });
  const double proofs = rate(threads, seconds, [&](std::uint64_t number) {
    const std::string& target = targets[number % targets.size()];
    const resource::ObjectId id{resource::ObjectClass::kDomain, target.substr(target.rfind('/') + 1)};
    const auto made = view.read([&](const registry::Registry& registry, const replica::LogIndex&,
                                    const replica::Published&) -> base::Result<std::size_t> {
      return registry.prove_object(id).siblings.size();
    });
    CHECK(made.has_value() && *made > 0);
  });
  const double hashes = rate(threads, seconds, [](std::uint64_t number) {
    base::Hash hash;
    hash.bytes[0] = static_cast<base::Byte>(number);
    for (int level = 0; level < 16; ++level) hash = merkle::node_hash(hash, hash);
    CHECK(!hash.is_zero());
  });
  std::printf("%u thread(s): %8.0f receipts/s of %zu bytes\n", threads, receipts, bytes.load());
  std::printf("  floors: bare paths %8.0f/s, checks of 16 hashes %8.0f/s; receipts / paths = %.2f\n", proofs,
              hashes, receipts / proofs);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t organisations = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000;
  const double seconds = argc > 2 ? std::strtod(argv[2], nullptr) : 3;
  const unsigned threads = argc > 3 ? static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10)) : 2;
  const std::string folder = argc > 4 ? argv[4] : "/tmp/comity-bench-receipts";
  CHECK(crypto::start().has_value());
  bench::make_log(
      {.folder = folder, .leaves = 3 * organisations, .organisations = organisations, .threads = threads});
  os::PosixFiles files;
  const auto begin = Clock::now();
  auto view = replica::View::open({.files = &files,
                                   .log_folder = folder + "/log",
                                   .snapshot_folder = folder + "/snapshots",
                                   .threads = threads});
  if (!view) std::fprintf(stderr, "%s\n", view.error().message().c_str());
  CHECK(view.has_value());
  std::vector<std::string> targets;
  std::size_t index_bytes = 0;
  std::uint64_t leaves = 0;
  const auto listed = (*view)->read([&](const registry::Registry& registry, const replica::LogIndex& index,
                                        const replica::Published& published) -> base::Result<void> {
    registry.charter().for_each_object(resource::ObjectClass::kDomain, [&](const resource::Object& object) {
      targets.push_back("/api/v1/receipts/domain/" + std::string(object.key()));
    });
    index_bytes = index.bytes();
    leaves = published.checkpoint.size.value();
    return {};
  });
  CHECK(listed.has_value() && !targets.empty());
  std::printf("opened %llu leaves in %.2f s; index %.1f bytes a leaf; %zu domains\n",
              static_cast<unsigned long long>(leaves), seconds_since(begin),
              static_cast<double>(index_bytes) / static_cast<double>(leaves), targets.size());
  const os::SystemClock clock;
  api::Settings settings;
  settings.folders.log = folder + "/log";
  api::Service service(**view, files, clock, settings);
  measure(service, **view, targets, 1, seconds);
  if (threads > 1) measure(service, **view, targets, threads, seconds);
  return 0;
}
