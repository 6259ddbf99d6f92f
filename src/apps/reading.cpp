#include "apps/reading.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "merkle/log_tree.h"
#include "storage/checkpoint_file.h"
#include "verify/receipt.h"

namespace apps {

using base::Result;

Result<Reading> Reading::open(base::Files& files, std::string dir) {
  Reading reading;
  reading.files_ = &files;
  ASSIGN_OR_RETURN(reading.folder_, RegistryFolder::open(files, std::move(dir)));
  const std::string log_folder = reading.folder_.layout.log_folder();
  ASSIGN_OR_RETURN(const base::Bytes text, storage::load_checkpoint(files, log_folder));
  reading.checkpoint_text_ = base::as_text(text);
  auto parsed = note::parse_signed_checkpoint(reading.checkpoint_text_);
  if (!parsed) return std::unexpected(parsed.error().at(log_folder + "/checkpoint"));
  reading.checkpoint_ = parsed->checkpoint;
  return reading;
}

storage::LogFolder Reading::log() const {
  return storage::LogFolder(*files_, folder_.layout.log_folder(), checkpoint_.size);
}

Result<note::TlogProof> Reading::prove_leaf(base::LeafIndex index) const {
  const storage::LogFolder folder = log();
  note::TlogProof proof;
  proof.index = index;
  ASSIGN_OR_RETURN(proof.hashes, merkle::prove_inclusion(index, folder.size(), folder));
  proof.checkpoint = checkpoint_text_;
  return proof;
}

Result<std::string> Reading::record_receipt(base::LeafIndex index) const {
  ASSIGN_OR_RETURN(const base::Bytes leaf, log().read_leaf(index));
  ASSIGN_OR_RETURN(note::TlogProof proof, prove_leaf(index));
  return verify::serialize_receipt(verify::make_record_receipt(
      folder_.settings.origin, std::string(base::as_text(leaf)), std::move(proof)));
}

Result<registry::Registry> Reading::load(std::vector<std::string>& warnings) const {
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  ASSIGN_OR_RETURN(
      replica::LoadedRegistry loaded,
      replica::load_registry(*files_, log(), checkpoint_.root, folder_.layout.snapshot_folder(), threads));
  warnings.insert(warnings.end(), loaded.passed_over.begin(), loaded.passed_over.end());
  return std::move(loaded.registry);
}

Result<registry::Registry> Reading::load_at(std::string_view at, std::vector<std::string>& warnings) const {
  if (at.empty()) return load(warnings);
  ASSIGN_OR_RETURN(const replica::PointInTime until, replica::parse_point(at, checkpoint_.size));
  return replica::replay_until(log(), until);
}

}  // namespace apps
