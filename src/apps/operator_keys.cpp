#include "apps/operator_keys.h"

#include <algorithm>
#include <utility>

#include "apps/key_files.h"
#include "resource/values.h"

namespace apps {

using base::Result;

namespace {

bool is_in_force(const note::Signer& key, const charter::State& state) {
  const std::vector<charter::CosignerKey> cosigners = state.cosigners();
  return std::ranges::find(cosigners, charter::CosignerKey{key.name(), key.verifier_key().key}) !=
         cosigners.end();
}

}  // namespace

Result<OperatorKeys> OperatorKeys::load(base::Files& files, FolderLayout layout) {
  OperatorKeys keys(files, std::move(layout));
  ASSIGN_OR_RETURN(const std::vector<KeyFile> found, list_keys(files, keys.layout_.key_folder()));
  for (const KeyFile& file : found) {
    if (file.role != "operator") continue;
    ASSIGN_OR_RETURN(note::Signer key, load_key(files, file.path));
    if (key.name() != file.name) {
      return base::fail(note::kBadKey, file.path + ": holds a key of " + key.name());
    }
    keys.keys_.push_back(std::move(key));
  }
  return keys;
}

std::vector<std::string> OperatorKeys::members() const {
  std::vector<std::string> members;
  for (const note::Signer& key : keys_) members.push_back(key.name());
  std::ranges::sort(members);
  members.erase(std::ranges::unique(members).begin(), members.end());
  return members;
}

std::vector<const note::Signer*> OperatorKeys::of(std::string_view member) const {
  std::vector<const note::Signer*> own;
  for (const note::Signer& key : keys_) {
    if (key.name() == member) own.push_back(&key);
  }
  return own;
}

Result<const note::Signer*> OperatorKeys::choose(std::string_view member, const charter::State& state) const {
  const std::vector<const note::Signer*> own = of(member);
  if (own.empty()) return base::fail(base::kFileMissing, layout_.key_file(member, "operator"));
  const auto found = std::ranges::find_if(own, [&](const auto* key) { return is_in_force(*key, state); });
  return found != own.end() ? *found : own.front();
}

Result<void> OperatorKeys::mark_unused(const charter::State& state) {
  for (const note::Signer& key : keys_) {
    // The rules keep every key that was ever registered, retired ones too.
    const std::string entry = "key:" + resource::serialize_key(key.verifier_key().key);
    if (state.text(charter::Tree::kRules, entry)) continue;
    const std::string mark = mark_of(key);
    ASSIGN_OR_RETURN(const bool marked, files_->exists(mark));
    if (marked) continue;
    TRY(files_->make_folders(base::folder_of(mark)));
    TRY(base::replace_file(*files_, mark, {}, base::FileMode::kPublic));
  }
  return {};
}

Result<void> OperatorKeys::check_never_cosigned(std::string_view member, const charter::State& state) const {
  ASSIGN_OR_RETURN(const note::Signer* const key, choose(member, state));
  if (!is_in_force(*key, state) || state.height() == base::Height(0)) return {};
  ASSIGN_OR_RETURN(const bool unused, files_->exists(mark_of(*key)));
  if (unused) return {};
  return base::fail(kMemoryLost, layout_.member_folder(member) +
                                     "/cosigned is gone; restore it, or give the member a new operator key: "
                                     "`comity key new " +
                                     std::string(member) + " --role operator`, then propose it");
}

Result<void> OperatorKeys::forget_unused(const note::Signer& key, const charter::State& state) {
  const std::string mark = mark_of(key);
  ASSIGN_OR_RETURN(const bool marked, files_->exists(mark));
  if (!marked || !is_in_force(key, state)) return {};
  TRY(files_->remove(mark));
  return files_->sync_folder(base::folder_of(mark));
}

std::string OperatorKeys::mark_of(const note::Signer& key) const {
  return layout_.member_folder(key.name()) + "/unused-" + std::to_string(key.id());
}

}  // namespace apps
