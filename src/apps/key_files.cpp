#include "apps/key_files.h"

#include <array>
#include <utility>

#include <strings.h>

#include "base/limits.h"

namespace apps {

base::Result<std::vector<KeyFile>> list_keys(const base::Files& files, const std::string& key_folder) {
  constexpr std::string_view kEnding = ".key";
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(key_folder));
  std::vector<KeyFile> keys;
  for (const std::string& name : names) {
    const auto dot = name.find('.');
    if (!name.ends_with(kEnding) || dot == std::string::npos) continue;
    KeyFile key;
    key.path = key_folder + "/" + name;
    key.name = name.substr(0, dot);
    if (dot + kEnding.size() < name.size()) {
      key.role = name.substr(dot + 1, name.size() - kEnding.size() - dot - 1);
      key.role = key.role.substr(0, key.role.find('.'));
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

base::Result<note::Signer> load_key(const base::Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const base::SecretBytes bytes, files.read_secret(path, base::kKeyFileBytesMax));
  auto signer = note::parse_secret_key(base::as_text(bytes.view()));
  if (!signer) return std::unexpected(signer.error().at(path));
  return signer;
}

base::Result<std::vector<note::Signer>> load_keys(const base::Files& files,
                                                  const std::vector<std::string>& paths) {
  std::vector<note::Signer> signers;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(note::Signer signer, load_key(files, path));
    signers.push_back(std::move(signer));
  }
  return signers;
}

base::Result<void> store_key(base::Files& files, const std::string& path, const note::Signer& signer) {
  ASSIGN_OR_RETURN(const bool exists, files.exists(path));
  if (exists) return base::fail(kKeyExists, path + " holds a key already; choose another name");
  const base::SecretBytes text = note::serialize_secret_key(signer);
  return base::replace_file(files, path, text.view(), base::FileMode::kSecret);
}

note::Signer make_cosigner(const note::Signer& operator_key, std::string_view origin) {
  std::array<base::Byte, 32> seed{};
  operator_key.secret().export_seed(seed);
  note::Signer cosigner(std::string(origin) + "/" + operator_key.name(), note::KeyType::kCosignature,
                        crypto::SecretKey::from_seed(seed));
  explicit_bzero(seed.data(), seed.size());
  return cosigner;
}

}  // namespace apps
