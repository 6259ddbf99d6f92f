#include "sim/scripted_hub.h"

#include "base/check.h"
#include "merkle/log_tree.h"
#include "note/checkpoint.h"
#include "storage/log_store.h"

namespace sim {

using base::Result;

std::string ScriptedHub::sign(const std::vector<std::string>& leaves,
                              const std::vector<Signature>& signatures) {
  folder_ = "hub-" + std::to_string(folders_++);
  const auto store = storage::LogStore::open(files_, folder_, base::TreeSize(0), merkle::empty_log_root());
  CHECK(store);
  for (const std::string& leaf : leaves) {
    const base::ByteView view = base::as_bytes(leaf);
    CHECK((*store)->append({&view, 1}));
  }
  CHECK((*store)->sync());
  const note::Checkpoint checkpoint{std::string(actors::kOrigin), (*store)->size(), (*store)->root()};
  std::vector<std::string> lines{note::sign_checkpoint(checkpoint, log_signer())};
  for (const Signature& one : signatures) {
    lines.push_back(
        note::cosign_checkpoint(checkpoint, cosigner(one.handle, one.handle + "/operator/1"), one.time));
  }
  const auto text = note::assemble_checkpoint(checkpoint, lines);
  CHECK(text);
  return *text;
}

void ScriptedHub::propose(std::string checkpoint) {
  proposal_ = std::move(checkpoint);
  ++round_;
}

void ScriptedHub::count(std::string checkpoint) {
  const auto parsed = note::parse_signed_checkpoint(checkpoint);
  CHECK(parsed);
  counted_size_ = parsed->checkpoint.size.value();
  checkpoint_ = std::move(checkpoint);
  ++round_;
}

void ScriptedHub::add_step(std::uint64_t epoch, std::string step) {
  steps_["policies/" + std::to_string(epoch) + ".step"] = std::move(step);
}

Result<base::Bytes> ScriptedHub::fetch(const std::string& path, std::size_t bytes_max) {
  const std::scoped_lock lock(fetching_);
  if (is_away) return base::fail(replica::kHubUnreachable, path);
  ++fetched;
  const auto as_file = [](const std::string& text) {
    const base::ByteView bytes = base::as_bytes(text);
    return base::Bytes(bytes.begin(), bytes.end());
  };
  Result<base::Bytes> bytes = base::fail(base::kFileMissing, path);
  if (path == "checkpoint") {
    if (!checkpoint_.empty()) bytes = as_file(checkpoint_);
  } else if (const auto step = steps_.find(path); step != steps_.end()) {
    bytes = as_file(step->second);
  } else {
    bytes = files_.read(folder_ + "/" + path, bytes_max);
  }
  if (bytes && spoil) spoil(path, *bytes);
  if (bytes && bytes->size() > bytes_max) return base::fail(base::kFileTooLarge, path);
  return bytes;
}

Result<std::optional<std::string>> ScriptedHub::proposed(std::optional<note::Round> after, base::Seconds) {
  if (is_away) return base::fail(replica::kHubUnreachable, "proposed");
  if (!proposed_text.empty()) return std::optional(proposed_text);
  if (after == note::Round(round_)) return std::nullopt;
  if (proposal_.empty()) return base::fail(base::kFileMissing, "proposed");
  return std::optional(
      note::serialize_proposed({std::string(actors::kOrigin), note::Round(round_), note::Offer(round_),
                                base::TreeSize(counted_size_), proposal_}));
}

Result<void> ScriptedHub::post_cosignature(const std::string& note) {
  if (is_away) return base::fail(replica::kHubUnreachable, "cosignatures");
  posted.push_back(note);
  return {};
}

Result<void> ScriptedHub::forward(const std::string& leaf, const std::optional<std::string>&) {
  if (is_away) return base::fail(replica::kHubUnreachable, "records");
  forwarded.push_back(leaf);
  return {};
}

}  // namespace sim
