// Where a registry is: a folder of this machine, or a server's URL. A verb asks for the place it was told and
// reads files there; for a URL these are the files of a cache that fetches and checks what is missing. Format:
// docs/operations/remote.md
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apps/console.h"
#include "apps/mirror.h"
#include "apps/verbs.h"
#include "base/files.h"
#include "base/result.h"
#include "os/posix_files.h"

namespace apps {

/// Movable.   Threads: one; files() as RemoteFiles.
class Place {
 public:
  /// `where` is a folder, or begins with http:// or https://. Remarks of the cache go to the console.
  /// Lifetime: keeps a reference to the console.
  /// Errors: kNoCache; those of Mirror::open.
  static base::Result<Place> open(const std::string& where, const AccessOptions& options, Console& console);

  /// Nothing for a folder.
  Mirror* mirror() const { return mirror_.get(); }
  base::Files& files() const;
  /// The folder, or the cache's.
  const std::string& dir() const { return dir_; }
  /// The policy that judges here: the option's for a folder if given, else the folder's or the cache's own.
  std::string policy_file(const AccessOptions& options) const;
  /// Where secret keys lie: the option's folder, else keys/ of a folder; empty for a server.
  std::string key_folder(const AccessOptions& options) const;

 private:
  Place() = default;
  std::unique_ptr<os::PosixFiles> disk_;
  std::unique_ptr<HubDoor> door_;
  std::unique_ptr<Mirror> mirror_;
  std::string dir_;
};

bool is_url(std::string_view where);
/// For verbs that work on a folder of this machine alone.   Errors: kNeedsFolder.
base::Result<void> refuse_url(std::string_view where, std::string_view verb);

/// The cache of one server below `$XDG_CACHE_HOME/comity`, else `$HOME/.cache/comity`: a readable beginning of
/// the URL, and a hash of all of it. Who names a registry by a policy has a cache of its own for it: what another
/// registry left at the same address is not in the way. Made with mode 0700; one that others may write is refused.
/// Errors: kNoCache, base::kFileExposed.
base::Result<std::string> cache_folder(std::string_view url,
                                       const std::optional<base::Hash>& genesis = std::nullopt);

inline constexpr base::ErrorKind kNoCache{"no-cache", base::Category::kUnavailable,
                                          "docs/operations/remote.md"};
inline constexpr base::ErrorKind kNeedsFolder{"needs-folder", base::Category::kInvalid,
                                              "docs/operations/remote.md"};

}  // namespace apps
