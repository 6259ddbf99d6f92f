// Reading a registry's folder without locking it: what the published checkpoint covers, nothing beyond. A
// process that writes at the same time does not disturb it, because what a checkpoint covers never changes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/shapes.h"
#include "apps/registry_folder.h"
#include "base/files.h"
#include "base/result.h"
#include "note/checkpoint.h"
#include "registry/registry.h"
#include "replica/load.h"
#include "resource/object_source.h"
#include "storage/log_folder.h"

namespace apps {

/// A folder and its published checkpoint.   Lifetime: keeps a reference to the Files.
class Reading {
 public:
  static base::Result<Reading> open(base::Files& files, std::string dir);

  const RegistryFolder& folder() const { return folder_; }
  const std::string& checkpoint_text() const { return checkpoint_text_; }
  const note::Checkpoint& checkpoint() const { return checkpoint_; }
  storage::LogFolder log() const;

  /// The registry at the checkpoint, from the newest snapshot and the tail.
  base::Result<registry::Registry> load(std::vector<std::string>& warnings) const;
  /// The registry after the last block at or before `at`: a tree size or a time; empty means the checkpoint.
  base::Result<registry::Registry> load_at(std::string_view at, std::vector<std::string>& warnings) const;

 private:
  base::Files* files_ = nullptr;
  RegistryFolder folder_;
  std::string checkpoint_text_;
  note::Checkpoint checkpoint_;
};

/// The charter's objects as publishers and importers see them.   Lifetime: keeps a reference to the state.
class StateObjects final : public resource::ObjectSource {
 public:
  explicit StateObjects(const charter::State& state) : state_(&state) {}
  const resource::Object* find(const resource::ObjectId& id) const override { return state_->find(id); }
  void for_each(resource::ObjectClass object_class,
                const std::function<void(const resource::Object&)>& visit) const override {
    state_->for_each_object(object_class, visit);
  }

 private:
  const charter::State* state_;
};

using api::kUnknownClass;
using api::parse_object;
using replica::kBadPoint;

}  // namespace apps
