// The folder of a registry: of all members that run in one process (a demo registry), or of one member whose
// fellows run elsewhere. Where everything lies, and what it is called. It knows names and the small files
// `registry` and `clock`; what stands in the others is their owners' affair.
// Format: docs/operations/demo-registry.md, docs/operations/founding.md
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "base/strong.h"

namespace apps {

struct FolderLayout {
  std::string dir;
  std::string keys{};  ///< where secret keys lie, if not in the folder's keys/
  std::string registry_file() const { return dir + "/registry"; }
  std::string genesis_file() const { return dir + "/genesis"; }
  std::string policy_file() const { return dir + "/policy"; }
  std::string policies_folder() const { return dir + "/policies"; }
  std::string step_file(base::Epoch to) const {
    return policies_folder() + "/" + std::to_string(to.value()) + ".step";
  }
  std::string log_folder() const { return dir + "/log"; }
  std::string annex_folder() const { return dir + "/log/annex"; }
  std::string snapshot_folder() const { return dir + "/snapshots"; }
  std::string key_folder() const { return keys.empty() ? dir + "/keys" : keys; }
  std::string key_file(std::string_view name, std::string_view role) const;
  std::string member_folder(std::string_view member) const { return dir + "/members/" + std::string(member); }
  std::string publish_folder() const { return dir + "/publish"; }
  std::string clock_file() const { return dir + "/clock"; }
  /// There once this folder's member signed a successor: its replica cosigns no more (docs/operations/successor.md).
  std::string succeeded_file() const { return dir + "/succeeded"; }
  std::string lock_file() const { return dir + "/lock"; }
};

enum class ClockKind : std::uint8_t { kVirtual, kReal };

/// What the file `registry` says.
struct FolderSettings {
  std::string origin;
  ClockKind clock = ClockKind::kVirtual;
  std::string sequencer;  ///< handle of the member whose replica orders the records
  std::string self = {};  ///< whose folder this is; empty: everybody's, or a mirror's
  std::string hub = {};   ///< where to follow; empty: this folder's process orders the records itself

  /// All members in one folder, one process at a time.
  bool is_shared() const { return self.empty() && hub.empty(); }
  bool is_hub() const { return !self.empty() && self == sequencer; }
  bool is_mirror() const { return self.empty() && !hub.empty(); }
};
std::string serialize_settings(const FolderSettings& settings);
base::Result<FolderSettings> parse_settings(std::string_view text);

/// Time that moves only when it is told to. Lives in the file `clock` between runs.
class FolderClock final : public base::Clock {
 public:
  explicit FolderClock(base::EpochSeconds time) : time_(time) {}
  base::EpochSeconds now() const override { return time_; }
  void move_to(base::EpochSeconds time);

 private:
  base::EpochSeconds time_;
};

/// A registry's folder, recognised and read; nothing is locked or loaded yet.
struct RegistryFolder {
  /// Errors: kNoRegistry (detail: what is missing and which command makes it).
  static base::Result<RegistryFolder> open(const base::Files& files, std::string dir);
  /// The memory of the replica whose log is log_folder().
  std::string own_folder() const;
  FolderLayout layout;
  FolderSettings settings;
};

/// Is this the base of a hub's addresses: http(s)://HOST[:PORT][/PATH], without a slash at the end?
[[nodiscard]] bool is_hub_url(std::string_view text);

/// Reads `clock`; the system's for a registry with a real one.
base::Result<std::unique_ptr<base::Clock>> load_clock(const base::Files& files, const RegistryFolder& folder);

inline constexpr base::ErrorKind kNoRegistry{"no-registry", base::Category::kNotFound,
                                             "docs/operations/demo-registry.md"};

}  // namespace apps
