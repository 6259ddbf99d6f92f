#include "apps/annex_loop.h"

#include <chrono>
#include <optional>
#include <utility>

#include "apps/policies.h"
#include "storage/annex_store.h"
#include "storage/log_folder.h"

namespace apps {
namespace {

using base::Result;

/// How often what was missing is looked for without news; replica::AnnexFetcher knows what is due.
constexpr std::chrono::seconds kLook{30};

}  // namespace

AnnexLoop::AnnexLoop(base::Files& files, const RegistryFolder& folder, Reporter& reporter,
                     std::unique_ptr<replica::HttpHubSource> source)
    : files_(&files),
      folder_(&folder),
      reporter_(&reporter),
      source_(std::move(source)),
      fetcher_(replica::AnnexFetcher::open(files, storage::AnnexStore(files, folder.layout.annex_folder()),
                                           folder.layout.dir + "/annexes")) {}

Result<std::unique_ptr<AnnexLoop>> AnnexLoop::create(base::Files& files, const RegistryFolder& folder,
                                                     Reporter& reporter) {
  // Its own connection: the follower's is busy waiting for news.
  ASSIGN_OR_RETURN(auto source, replica::HttpHubSource::create(folder.settings.hub, {}));
  return std::unique_ptr<AnnexLoop>(new AnnexLoop(files, folder, reporter, std::move(source)));
}

void AnnexLoop::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void AnnexLoop::wake() {
  const std::scoped_lock lock(mutex_);
  is_woken_ = true;
  changed_.notify_one();
}

void AnnexLoop::stop() {
  thread_.request_stop();
  source_->interrupt();
  if (thread_.joinable()) thread_.join();
}

void AnnexLoop::run(const std::stop_token& stop) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kLook, [&] { return is_woken_; });
      is_woken_ = false;
    }
    if (stop.stop_requested()) return;
    const Result<void> worked = work(stop);
    missing_ = fetcher_.missing();
    if (worked || stop.stop_requested()) continue;
    if (worked.error().kind() == replica::kHubUnreachable) continue;
    reporter_->trouble("annexes", worked.error());
  }
}

Result<void> AnnexLoop::work(const std::stop_token& stop) {
  const std::string log_folder = folder_->layout.log_folder();
  const auto fetch = [&](const std::string& path, std::size_t bytes_max) {
    return source_->fetch(path, bytes_max);
  };
  std::size_t asked = replica::AnnexFetcher::kAsksMax;
  while (asked == replica::AnnexFetcher::kAsksMax && !stop.stop_requested()) {
    ASSIGN_OR_RETURN(const std::optional<base::TreeSize> size, published_size(*files_, log_folder));
    if (!size) return {};
    const auto now = replica::AnnexFetcher::Clock::now();
    TRY(fetcher_.look(storage::LogFolder(*files_, log_folder, *size), now));
    ASSIGN_OR_RETURN(asked, fetcher_.fetch(fetch, now));
    missing_ = fetcher_.missing();
  }
  return {};
}

}  // namespace apps
