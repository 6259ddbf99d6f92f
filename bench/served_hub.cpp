#include "bench/served_hub.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/key_files.h"
#include "apps/registry_folder.h"
#include "base/check.h"
#include "bench/sample_registry.h"
#include "note/checkpoint.h"
#include "note/proposed.h"
#include "os/posix_files.h"
#include "os/system_clock.h"
#include "replica/http_hub_source.h"
#include "replica/replica.h"
#include "storage/checkpoint_file.h"
#include "storage/cosign_memory.h"

namespace bench {
namespace {

constexpr std::string_view kServing = "serving on http://";
constexpr base::Seconds kPollWait{1};
/// Of the three others this many make a quorum with the hub's own.
constexpr unsigned kOthersNeeded = 2;

template <typename T>
T must(base::Result<T> result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().message().c_str());
  CHECK(result.has_value());
  return std::move(*result);
}

void must_do(const base::Result<void>& done) {
  if (!done) std::fprintf(stderr, "%s\n", done.error().message().c_str());
  CHECK(done.has_value());
}

}  // namespace

std::uint64_t make_hub(const LogOptions& options) {
  os::PosixFiles files;
  const apps::FolderLayout layout{options.folder};
  const std::uint64_t changes = make_log(options);
  const std::string self = SampleRegistry::member(0);
  if (files.exists(layout.key_file("log", "log")).value_or(false)) return changes;

  const SampleRegistry sample(options.organisations);
  must_do(files.make_folders(layout.key_folder()));
  must_do(files.make_folders(layout.member_folder(self)));
  must_do(apps::store_key(files, layout.key_file(self, "operator"), sample.operator_key(0)));
  const apps::FolderSettings settings{std::string(kOrigin), apps::ClockKind::kVirtual, self, self};
  must_do(base::replace_file(files, layout.registry_file(),
                             base::as_bytes(apps::serialize_settings(settings)), base::FileMode::kPublic));
  const std::string limits = "[limits]\nconnections-per-peer = 4096\n";
  must_do(base::replace_file(files, layout.dir + "/comity.toml", base::as_bytes(limits),
                             base::FileMode::kPublic));

  const auto text = must(storage::load_checkpoint(files, layout.log_folder()));
  const auto checkpoint = must(note::parse_signed_checkpoint(base::as_text(text))).checkpoint;
  auto memory = must(
      storage::CosignMemory::open(files, layout.member_folder(self) + "/cosigned", std::string(kOrigin)));
  must_do(memory.store(checkpoint.size, checkpoint.root, kGenesisTime));
  const os::SystemClock clock;
  const replica::ReplicaOptions replica_options{
      &files, &clock, layout.log_folder(), layout.member_folder(self), layout.snapshot_folder(), false, 2};
  must_do(must(replica::Replica::open(replica_options, std::string(kOrigin)))->store_snapshot());
  // Last: it tells that all the rest is there.
  must_do(apps::store_key(files, layout.key_file("log", "log"), sample.log_key()));
  return changes;
}

ServedHub::ServedHub(const std::string& program, const std::string& folder) {
  int ends[2];
  CHECK(::pipe2(ends, O_CLOEXEC) == 0);
  process_ = ::fork();
  CHECK(process_ >= 0);
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // whoever ends the benchmark ends it too
    ::dup2(ends[1], STDERR_FILENO);
    ::execl(program.c_str(), program.c_str(), "serve", folder.c_str(), "--listen", "127.0.0.1:0",
            static_cast<char*>(nullptr));
    std::fprintf(stderr, "cannot run %s\n", program.c_str());
    ::_exit(1);
  }
  ::close(ends[1]);
  words_ = ends[0];
  std::string said;
  std::size_t at = std::string::npos;
  while (at == std::string::npos || said.find('\n', at) == std::string::npos) {
    char bytes[4'096];
    const ssize_t count = ::read(words_, bytes, sizeof bytes);
    if (count <= 0) std::fprintf(stderr, "%s", said.c_str());
    CHECK(count > 0);
    said.append(bytes, static_cast<std::size_t>(count));
    at = said.find(kServing);
  }
  at += kServing.size();
  address_ = said.substr(at, said.find('\n', at) - at);
  reader_ = std::jthread([this] {
    char bytes[4'096];
    ssize_t count = 0;
    while ((count = ::read(words_, bytes, sizeof bytes)) > 0) {
      std::fwrite(bytes, 1, static_cast<std::size_t>(count), stderr);
    }
  });
}

ServedHub::~ServedHub() {
  ::kill(process_, SIGTERM);
  int status = 0;
  ::waitpid(process_, &status, 0);
  reader_.join();
  ::close(words_);
}

double ServedHub::processor_seconds() const {
  std::ifstream file("/proc/" + std::to_string(process_) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::vector<std::string> words;
  for (std::string word; fields >> word;) words.push_back(word);
  CHECK(words.size() > 12);
  return (std::stod(words[11]) + std::stod(words[12])) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

struct QuickMembers::Parts {
  std::unique_ptr<replica::HttpHubSource> source;
  std::vector<note::Signer> cosigners;
};

QuickMembers::QuickMembers(const SampleRegistry& sample, const std::string& url)
    : parts_(std::make_unique<Parts>()) {
  parts_->source = must(replica::HttpHubSource::create(url, {}));
  for (unsigned i = 1; i <= kOthersNeeded; ++i) parts_->cosigners.push_back(sample.cosigner(i));
  thread_ = std::jthread([&parts = *parts_](const std::stop_token& stop) {
    std::optional<note::Round> after;
    std::string answered;
    while (!stop.stop_requested()) {
      const auto text = parts.source->proposed(after, kPollWait);
      if (!text && text.error().kind() == base::kFileMissing) {  // nothing is offered yet
        ::usleep(1'000);
        continue;
      }
      if (!text || !*text) continue;
      const note::Proposed proposed = must(note::parse_proposed(**text));
      after = proposed.round;
      const auto checkpoint = must(note::parse_signed_checkpoint(proposed.checkpoint)).checkpoint;
      const std::string body = note::serialize_checkpoint(checkpoint);
      if (std::exchange(answered, body) == body) continue;
      for (const note::Signer& cosigner : parts.cosigners) {
        const std::string line = note::cosign_checkpoint(checkpoint, cosigner, kGenesisTime);
        // Refused when it comes too late: another checkpoint hangs there.
        const auto posted = parts.source->post_cosignature(body + "\n" + line);
        if (!posted && !stop.stop_requested()) std::fprintf(stderr, "%s\n", posted.error().message().c_str());
      }
    }
  });
}

QuickMembers::~QuickMembers() {
  thread_.request_stop();
  parts_->source->interrupt();
  thread_.join();
}

}  // namespace bench
