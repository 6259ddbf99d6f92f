// Receipts of many leaves under one published checkpoint: what neighbours on the log share (the file they stand in, the
// hashes above it) is read and hashed once. A block's submitters all wait for theirs at the same moment.
// Format: docs/formats/receipts.md
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "merkle/subtree_reader.h"
#include "replica/view.h"
#include "storage/log_folder.h"

namespace replica {

/// Threads: one.   Lifetime: keeps a reference to the Files of the log.
class RecordReceipts {
 public:
  /// Under the checkpoint that is published now. Errors: kNothingPublished.
  static base::Result<std::unique_ptr<RecordReceipts>> create(const View& view);
  /// `log` at the size of `published`.
  RecordReceipts(std::shared_ptr<const Published> published, storage::LogFolder log);
  RecordReceipts(const RecordReceipts&) = delete;
  RecordReceipts& operator=(const RecordReceipts&) = delete;

  const Published& published() const { return *published_; }
  /// Errors: merkle::kLeafBeyondTree, those of storage.
  base::Result<std::string> receipt(base::LeafIndex index);

 private:
  base::Result<base::ByteView> leaf(base::LeafIndex index);

  std::shared_ptr<const Published> published_;
  storage::LogFolder log_;
  merkle::InclusionProver prover_;  // refers to log_
  std::optional<storage::Bundle> bundle_;
};

}  // namespace replica
