// Secret key files of a registry's folder: one key a file, HANDLE.ROLE.key (ROLE.N.key for further ones),
// mode 0600. Format: docs/formats/notes.md (secret key files)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/registry_folder.h"
#include "base/files.h"
#include "base/result.h"
#include "note/key.h"

namespace apps {

/// A key file's name, taken apart; the key itself stays on disk until load_key.
struct KeyFile {
  std::string name;  ///< ORG-..., MEMBER-..., or "log"
  std::string role;  ///< admin, governance, operator, ...
  std::string path;
};

/// All key files of a folder, sorted by path. Other names are passed over.
base::Result<std::vector<KeyFile>> list_keys(const base::Files& files, const std::string& key_folder);

/// Errors: those of Files (base::kFileExposed if others may read it), note::kBadKey; details name the path.
base::Result<note::Signer> load_key(const base::Files& files, const std::string& path);
base::Result<std::vector<note::Signer>> load_keys(const base::Files& files,
                                                  const std::vector<std::string>& paths);
/// Refuses to overwrite. Errors: kKeyExists, those of Files.
base::Result<void> store_key(base::Files& files, const std::string& path, const note::Signer& signer);

/// The cosigner (type 0x04, named ORIGIN/MEMBER) of an operator key (type 0x01, named MEMBER): the same
/// secret.
note::Signer make_cosigner(const note::Signer& operator_key, std::string_view origin);

inline constexpr base::ErrorKind kKeyExists{"key-exists", base::Category::kConflict, "docs/formats/notes.md"};

}  // namespace apps
