// What the machine itself can do, measured in the run whose figures stand beside it: bare signature
// verifications, and the syncs of a disk. Time is wall time and processor time, because other work on the
// machine stretches the first only.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"

namespace bench {

struct Spent {
  double wall = 0;       ///< seconds
  double processor = 0;  ///< seconds of user and system time, all threads
};
Spent spend(const std::function<void()>& body);

double quantile(std::vector<double> values, double share);
inline double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

/// Processor seconds of child processes that have ended.
double children_processor_seconds();

/// `count` calls of libsodium's crypto_sign_verify_detached over messages of `message_bytes`, on `threads`
/// threads, under as many keys as there are signatures in 64.
Spent bare_verifications(std::uint64_t count, std::size_t message_bytes, unsigned threads);

/// Peak resident memory of this process so far, and what it has now, in bytes.
std::uint64_t resident_bytes_max();
std::uint64_t resident_bytes();

/// Passes everything on to the real disk and keeps the time of every sync.   Threads: any.
class TimedFiles final : public base::Files {
 public:
  explicit TimedFiles(base::Files& files) : files_(&files) {}
  base::Result<base::Bytes> read(const std::string& path, std::size_t bytes_max) const override;
  base::Result<base::SecretBytes> read_secret(const std::string& path, std::size_t bytes_max) const override;
  base::Result<bool> exists(const std::string& path) const override;
  base::Result<std::vector<std::string>> list(const std::string& folder) const override;
  base::Result<void> write_synced(const std::string& path, base::ByteView content,
                                  base::FileMode mode) override;
  base::Result<void> rename(const std::string& from, const std::string& to) override;
  base::Result<void> remove(const std::string& path) override;
  base::Result<void> make_folders(const std::string& path) override;
  base::Result<void> sync_folder(const std::string& path) override;
  unsigned syncs_at_once() const override { return files_->syncs_at_once(); }
  base::Result<std::unique_ptr<base::FileLock>> lock(const std::string& path) override;

  std::uint64_t file_syncs() const { return file_syncs_; }
  std::uint64_t folder_syncs() const { return folder_syncs_; }

 private:
  base::Files* files_;
  std::atomic<std::uint64_t> file_syncs_{0};
  std::atomic<std::uint64_t> folder_syncs_{0};
};

/// Seconds that one write_synced of `bytes` and one sync_folder take in `folder`, the median of `rounds`.
struct SyncCost {
  double file = 0;
  double folder = 0;
};
SyncCost sync_cost(base::Files& files, const std::string& folder, std::size_t bytes, int rounds);

}  // namespace bench
