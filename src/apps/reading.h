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
#include "note/tlog_proof.h"
#include "registry/registry.h"
#include "registry/state_objects.h"
#include "replica/load.h"
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
  /// That a leaf lies under the checkpoint, and a whole receipt of it.
  base::Result<note::TlogProof> prove_leaf(base::LeafIndex index) const;
  base::Result<std::string> record_receipt(base::LeafIndex index) const;

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

using api::kUnknownClass;
using api::parse_object;
using registry::StateObjects;
using replica::kBadPoint;

}  // namespace apps
