// The real disk behind base::Files, for Linux. Every failed call is reported with its path and the system's
// words; nothing is retried but interrupted calls, least of all a failed sync: after one, the kernel may have
// dropped the pages it could not write, and a second sync would claim they are safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/files.h"

namespace os {

/// Threads: any; no state.   Lifetime: locks may outlive it.
/// Symbolic links are followed where a person may have put one (reading, listing, a folder on the way), and
/// refused at the last step of every write, lock and secret: whoever can plant a link there must not choose
/// what we overwrite.
class PosixFiles final : public base::Files {
 public:
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
  unsigned syncs_at_once() const override { return 4; }
  base::Result<std::unique_ptr<base::FileLock>> lock(const std::string& path) override;
};

}  // namespace os
