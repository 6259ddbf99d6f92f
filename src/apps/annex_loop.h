// The thread that brings annexes to the folder of one who follows, beside the thread that follows: it asks the hub
// for what the published log names, and erases what that log redacts. Trouble with the hub is the follower's to
// tell; here it only means later. Rules: replica/annexes.h; format: docs/formats/hub.md#annexes
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "apps/registry_folder.h"
#include "apps/watch_over.h"
#include "base/files.h"
#include "base/result.h"
#include "replica/annexes.h"
#include "replica/http_hub_source.h"

namespace apps {

/// Order: create, start, wake*, stop (the destructor does).   Threads: wake and missing from any.
class AnnexLoop {
 public:
  /// Errors: those of HttpHubSource::create.   Lifetime: keeps references.
  static base::Result<std::unique_ptr<AnnexLoop>> create(base::Files& files, const RegistryFolder& folder,
                                                         Reporter& reporter);
  ~AnnexLoop() { stop(); }
  AnnexLoop(const AnnexLoop&) = delete;
  AnnexLoop& operator=(const AnnexLoop&) = delete;

  void start();
  /// There may be a new checkpoint.
  void wake();
  /// Ends calls under way.
  void stop();
  /// Annexes that the log names and that are not here.
  std::size_t missing() const { return missing_; }

 private:
  AnnexLoop(base::Files& files, const RegistryFolder& folder, Reporter& reporter,
            std::unique_ptr<replica::HttpHubSource> source);
  void run(const std::stop_token& stop);
  base::Result<void> work(const std::stop_token& stop);

  base::Files* files_;
  const RegistryFolder* folder_;
  Reporter* reporter_;
  std::unique_ptr<replica::HttpHubSource> source_;
  replica::AnnexFetcher fetcher_;  // the thread's
  std::atomic<std::size_t> missing_ = 0;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_woken_ = true;
  std::jthread thread_;
};

}  // namespace apps
