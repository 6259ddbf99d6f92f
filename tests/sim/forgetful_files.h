// A disk in memory that forgets what was not synced, as base/files.h allows the real one to. Tests run the
// code under test on it, stop it at any step, pull the plug and start again. Seeded: the same seed and the
// same calls give the same disk, so a failure is replayed by its seed and step.
//
// What is decided by the seed when the plug is pulled:
//   - each name made, renamed or removed since its folder was last synced: happened or did not, each for
//   itself (a
//     rename as a whole; it counts as held by the folder of its new name);
//   - each content not synced: the old one, any prefix of the new one, or a prefix followed by zeros.
//
//   usage := { fault_at } { call of base::Files } [ crash | restart ] ...
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"

namespace sim {

/// What goes wrong at a step.
enum class Fault : std::uint8_t {
  kStop,    ///< this step is not done (a write: only in part), and every later call fails, until crash() or
            ///< restart()
  kRefuse,  ///< this step alone fails, as kStop's does; later calls work (a sync error that goes away)
  kFull,    ///< from this step on nothing can be created or written (a write: only in part), until
            ///< clear_fault()
};

/// A step is one change that a crash can fall before: writing a file is three (name or truncation, content,
/// sync), a rename, a removal and a folder's sync one each, each new folder two (name, sync of its parent), a
/// new lock file one. Reading is no step. Steps are counted from 0. Threads: any.   Lifetime: locks may
/// outlive it.
class ForgetfulFiles final : public base::Files {
 public:
  explicit ForgetfulFiles(std::uint64_t seed);
  ~ForgetfulFiles() override;

  /// At most one fault is set at a time; a new one replaces it. `step` is absolute: compare steps().
  void fault_at(std::uint64_t step, Fault fault);
  void clear_fault();
  /// Steps begun so far, the failed ones included: a run that began `steps()` steps can be stopped at each of
  /// them.
  std::uint64_t steps() const;
  /// A kStop has struck.
  bool stopped() const;

  /// The machine loses power and starts again: unsynced things are decided, locks are gone, the fault is
  /// cleared.
  void crash();
  /// The process dies and the machine lives: locks are gone, the fault is cleared, nothing is forgotten.
  void restart();
  /// Lets others read a secret file, as a careless chmod would.
  void expose(const std::string& path);

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
  base::Result<std::unique_ptr<base::FileLock>> lock(const std::string& path) override;

 private:
  struct Disk;
  std::shared_ptr<Disk> disk_;
};

}  // namespace sim
