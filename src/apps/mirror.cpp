#include "apps/mirror.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "apps/policies.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "merkle/log_tree.h"
#include "record/record.h"
#include "storage/checkpoint_file.h"
#include "storage/log_folder.h"
#include "storage/snapshot_file.h"

namespace apps {

using base::Result;

namespace {

/// A registry changes its cosigners a few times a year.
constexpr std::uint64_t kStepsMax = 4'096;

Result<std::optional<std::string>> read_if_there(const base::Files& files, const std::string& path,
                                                 std::size_t bytes_max) {
  auto bytes = files.read(path, bytes_max);
  if (bytes) return std::string(base::as_text(*bytes));
  if (bytes.error().kind() == base::kFileMissing) return std::nullopt;
  return std::unexpected(bytes.error());
}

Result<note::Policy> parse_named_policy(const std::string& text, const std::string& where) {
  auto policy = note::parse_policy(text);
  if (!policy) return std::unexpected(policy.error().at(where));
  return policy;
}

std::string text_of(const base::Hash& hash) {
  return codec::serialize_base64(hash.view());
}

// Another process of the same person is at work in the cache, and soon done.
Result<std::unique_ptr<base::FileLock>> wait_for_lock(base::Files& disk, const std::string& path,
                                                      base::Seconds patience) {
  constexpr std::chrono::milliseconds kPause(50);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(patience.value());
  while (true) {
    auto lock = disk.lock(path);
    if (lock || lock.error().kind() != base::kFileLocked || std::chrono::steady_clock::now() >= until)
      return lock;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

Result<std::unique_ptr<Mirror>> Mirror::open(base::Files& disk, HubDoor& door, std::string folder,
                                             std::optional<std::string> policy_text,
                                             std::vector<std::string>& remarks, base::Seconds patience) {
  FolderLayout layout;
  layout.dir = std::move(folder);
  TRY(disk.make_folders(layout.dir));
  std::unique_ptr<Mirror> mirror(new Mirror(disk, door, std::move(layout)));
  mirror->patience_ = patience;
  mirror->given_policy_ = std::move(policy_text);
  TRY(mirror->refresh(remarks));
  return mirror;
}

// The policy and the checkpoint are two files: between the two the server may have taken a step.
Result<void> Mirror::refresh(std::vector<std::string>& remarks) {
  if (!lock_) {
    ASSIGN_OR_RETURN(lock_, wait_for_lock(*disk_, layout_.lock_file(), patience_));
  }
  std::vector<std::string> said;
  auto done = try_refresh(said);
  if (!done && done.error().kind() == note::kNoQuorum) {
    said.clear();
    done = try_refresh(said);
  }
  remarks.insert(remarks.end(), said.begin(), said.end());
  return done;
}

Result<void> Mirror::try_refresh(std::vector<std::string>& remarks) {
  ASSIGN_OR_RETURN(const std::string policy_text, files_.fetch("/policy", base::kPolicyBytesMax));
  ASSIGN_OR_RETURN(const note::Policy served, parse_named_policy(policy_text, door_->url() + "/policy"));
  ASSIGN_OR_RETURN(const auto kept_policy,
                   read_if_there(*disk_, layout_.policy_file(), base::kPolicyBytesMax));
  ASSIGN_OR_RETURN(Start start, choose_policy(kept_policy, served, remarks));
  ASSIGN_OR_RETURN(const verify::Walk walked, walk(std::move(start), served));
  const note::Policy& policy = walked.present;
  TRY(go_on(walked, remarks));

  ASSIGN_OR_RETURN(const std::string text, files_.fetch("/checkpoint", base::kCheckpointBytesMax));
  auto counted = note::check_checkpoint(policy, text);
  if (!counted) return std::unexpected(counted.error().at(door_->url() + "/checkpoint"));
  const note::Checkpoint& checkpoint = counted->checkpoint;
  TRY(files_.consider(checkpoint));
  TRY(compare(checkpoint, text));
  TRY(check_genesis(policy, checkpoint));
  TRY(files_.settle());
  return keep(policy, checkpoint, text);
}

// The one given, else the one kept, else the one served: whoever asks for the first time has nothing else.
Result<Mirror::Start> Mirror::choose_policy(const std::optional<std::string>& kept,
                                            const note::Policy& served,
                                            std::vector<std::string>& remarks) const {
  if (!served.header) return base::fail(kHubLies, door_->url() + "/policy: it names no registry");
  std::optional<note::Policy> known;
  if (kept) {
    ASSIGN_OR_RETURN(known, parse_named_policy(*kept, layout_.policy_file()));
  }
  if (given_policy_) {
    ASSIGN_OR_RETURN(note::Policy given, parse_named_policy(*given_policy_, "--policy"));
    if (!given.header)
      return base::fail(kOtherRegistry,
                        "--policy: the file names no registry; take the one that `policy` of "
                        "the registry's folder is");
    // The given one is believed; the kept one must be of the registry served, or lie on the way there.
    if (known && known->header) TRY(walk({std::move(*known), layout_.policy_file()}, served));
    return Start{std::move(given), "--policy"};
  }
  if (known) return Start{std::move(*known), layout_.policy_file()};
  remarks.push_back("first look at " + door_->url() + ": from now on it has to be " + served.header->origin +
                    " with the genesis " + text_of(served.header->genesis) +
                    "; --policy FILE with a policy from elsewhere makes sure that it is the right one");
  return Start{served, {}};
}

Result<verify::Walk> Mirror::walk(Start start, const note::Policy& served) const {
  verify::Walk walk{std::move(start.policy), {}};
  if (!walk.present.header) return walk;
  const note::PolicyHeader begin = *walk.present.header;
  const auto is_there = [&] {
    const note::PolicyHeader& header = *walk.present.header;
    return header.origin == served.header->origin && header.genesis == served.header->genesis;
  };
  const bool is_same = is_there();
  const std::uint64_t first = begin.epoch.value() + 1;
  const std::uint64_t last = served.header->epoch.value();
  if (last >= first && last - first >= kStepsMax)
    return base::fail(kHubLies,
                      door_->url() + "/policy: epoch " + std::to_string(last) + " is too far ahead");
  std::string why;
  for (std::uint64_t epoch = first; epoch <= last && why.empty(); ++epoch) {
    const std::string path = "/policies/" + std::to_string(epoch) + ".step";
    auto step = files_.fetch(path, base::kReceiptBytesMax);
    if (!step && step.error().kind() == base::kFileMissing) continue;  // a step may pass over numbers
    if (!step) return std::unexpected(step.error());
    const auto taken = verify::take_step(walk, *step);
    if (taken) continue;
    if (is_same) return std::unexpected(taken.error().at(door_->url() + path));
    why = "; " + path + " does not lead there: " + taken.error().message();
  }
  if (is_there()) return walk;
  return base::fail(kOtherRegistry, door_->url() + " serves " + served.header->origin + " with the genesis " +
                                        text_of(served.header->genesis) + "; " + start.where + " is of " +
                                        begin.origin + " with the genesis " + text_of(begin.genesis) + why);
}

Result<std::optional<Mirror::Kept>> Mirror::last_counted() const {
  const std::string path = layout_.log_folder() + "/checkpoint";
  ASSIGN_OR_RETURN(auto text, read_if_there(*disk_, path, base::kCheckpointBytesMax));
  if (!text) return std::nullopt;
  auto parsed = note::parse_signed_checkpoint(*text);
  if (!parsed) return std::unexpected(parsed.error().at(path));
  return Kept{std::move(*text), std::move(parsed->checkpoint)};
}

// What is kept of a log that ended is of no use under the new one, and must not be taken for its tiles.
Result<void> Mirror::go_on(const verify::Walk& walk, std::vector<std::string>& remarks) {
  if (walk.ended.empty()) return {};
  ASSIGN_OR_RETURN(const auto there, last_counted());
  if (!there) return {};
  const note::Checkpoint& kept = there->checkpoint;
  for (const verify::EndedLog& log : walk.ended) {
    if (log.end.origin != kept.origin) continue;
    if (kept.size > log.end.size || (kept.size == log.end.size && kept.root != log.end.root)) {
      return refuse(kOtherHistory, there->text, note::serialize_checkpoint(log.end),
                    "its successor goes on from " + std::to_string(log.end.size.value()) +
                        " leaves, and more or other ones counted before");
    }
    remarks.push_back(kept.origin + " ended at " + std::to_string(log.end.size.value()) +
                      " leaves; this is its successor " + walk.present.header->origin);
    return drop_log(kept.size);
  }
  return {};
}

// The checkpoint last: until it is gone the next refresh does this again.
Result<void> Mirror::drop_log(base::TreeSize size) {
  const auto drop = [&](const std::string& path) -> Result<void> {
    auto removed = disk_->remove(path);
    return !removed && removed.error().kind() == base::kFileMissing ? Result<void>() : removed;
  };
  for (const merkle::TileName& name : merkle::grown_tiles(base::TreeSize(0), size))
    TRY(drop(layout_.log_folder() + "/" + merkle::tile_path(name)));
  ASSIGN_OR_RETURN(const std::vector<base::Height> snapshots,
                   storage::list_snapshots(*disk_, layout_.snapshot_folder()));
  for (const base::Height height : snapshots)
    TRY(drop(layout_.snapshot_folder() + "/" + std::to_string(height.value())));
  return drop(layout_.log_folder() + "/checkpoint");
}

Result<void> Mirror::compare(const note::Checkpoint& served, const std::string& served_text) {
  ASSIGN_OR_RETURN(const auto there, last_counted());
  if (!there) return {};
  const note::Checkpoint& kept = there->checkpoint;
  if (kept.origin != served.origin)
    return refuse(kOtherRegistry, there->text, served_text, served.origin + " is not " + kept.origin);
  const std::string sizes = std::to_string(served.size.value()) + " leaves, after it had served " +
                            std::to_string(kept.size.value());
  if (served.size < kept.size) return refuse(kWentBack, there->text, served_text, sizes);
  if (served.size == kept.size) {
    if (served.root == kept.root) return {};
    return refuse(kOtherHistory, there->text, served_text, "another root for " + sizes);
  }
  if (kept.size == base::TreeSize(0)) return {};
  const storage::LogFolder log(files_, layout_.log_folder(), served.size);
  ASSIGN_OR_RETURN(const merkle::LogProof proof, merkle::prove_consistency(kept.size, served.size, log));
  if (merkle::verify_consistency(kept.size, kept.root, served.size, served.root, proof)) return {};
  return refuse(kOtherHistory, there->text, served_text,
                "a log that did not grow from the one before: " + sizes);
}

// The policy names the registry by its genesis, and that is the log's first leaf.
Result<void> Mirror::check_genesis(const note::Policy& policy, const note::Checkpoint& checkpoint) const {
  if (!policy.header) return {};
  const storage::LogFolder log(files_, layout_.log_folder(), checkpoint.size);
  ASSIGN_OR_RETURN(const base::Bytes leaf, log.read_leaf(base::LeafIndex(0)));
  const auto genesis = record::Record::parse(base::as_text(leaf));
  if (genesis && genesis->id() == policy.header->genesis) return {};
  return base::fail(kOtherRegistry, door_->url() + ": the log's first record is not the genesis " +
                                        text_of(policy.header->genesis) + " that the policy names");
}

// The checkpoint last: what it covers, and the policy that it counts by, are there before it.
Result<void> Mirror::keep(const note::Policy& policy, const note::Checkpoint& checkpoint,
                          const std::string& text) {
  const auto replace = [&](const std::string& path, const std::string& content) -> Result<void> {
    ASSIGN_OR_RETURN(const auto present, read_if_there(*disk_, path, base::kPolicyBytesMax));
    if (present == content) return {};
    TRY(disk_->make_folders(base::folder_of(path)));
    return base::replace_file(*disk_, path, base::as_bytes(content), base::FileMode::kPublic);
  };
  FolderSettings settings;
  settings.origin = checkpoint.origin;
  settings.clock = ClockKind::kReal;
  settings.sequencer = policy.witnesses.empty() ? "-" : policy.witnesses.front().name;
  TRY(replace(layout_.registry_file(), serialize_settings(settings)));
  TRY(replace(layout_.policy_file(), note::serialize_policy(policy)));
  const auto before = published_size(*disk_, layout_.log_folder());
  TRY(replace(layout_.log_folder() + "/checkpoint", text));
  // Partials of the former size are of no use to anybody now.
  if (before && *before && **before != checkpoint.size) {
    for (const merkle::TileName& name : merkle::partial_tiles(**before)) {
      if (merkle::tile_width(name.level, name.index, checkpoint.size) == name.width) continue;
      const auto removed = disk_->remove(layout_.log_folder() + "/" + merkle::tile_path(name));
      if (!removed && removed.error().kind() != base::kFileMissing) return removed;
    }
  }
  policy_ = policy;
  checkpoint_ = checkpoint;
  return {};
}

std::unexpected<base::Error> Mirror::refuse(const base::ErrorKind& kind, const std::string& kept_text,
                                            const std::string& served_text, const std::string& why) {
  const std::string folder = layout_.dir + "/evidence";
  std::string where = "; both checkpoints lie in " + folder;
  const auto store = [&](const std::string& name, const std::string& text) -> Result<void> {
    return base::replace_file(*disk_, folder + "/" + name, base::as_bytes(text), base::FileMode::kPublic);
  };
  auto stored = disk_->make_folders(folder);
  if (stored) stored = store("kept.checkpoint", kept_text);
  if (stored) stored = store("served.checkpoint", served_text);
  if (!stored) where = "; its checkpoint could not be kept: " + stored.error().message();
  return base::fail(kind, door_->url() + "/checkpoint: " + why + where);
}

}  // namespace apps
