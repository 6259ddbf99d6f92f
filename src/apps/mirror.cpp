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
#include "verify/policy_chain.h"

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
  ASSIGN_OR_RETURN(note::Policy policy, choose_policy(kept_policy, served, remarks));
  ASSIGN_OR_RETURN(policy, walk(std::move(policy), served));

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
Result<note::Policy> Mirror::choose_policy(const std::optional<std::string>& kept, const note::Policy& served,
                                           std::vector<std::string>& remarks) const {
  if (!served.header) return base::fail(kHubLies, door_->url() + "/policy: it names no registry");
  std::optional<note::Policy> known;
  if (kept) {
    ASSIGN_OR_RETURN(known, parse_named_policy(*kept, layout_.policy_file()));
  }
  std::optional<note::Policy> given;
  if (given_policy_) {
    ASSIGN_OR_RETURN(given, parse_named_policy(*given_policy_, "--policy"));
    if (!given->header)
      return base::fail(kOtherRegistry,
                        "--policy: the file names no registry; take the one that `policy` of "
                        "the registry's folder is");
  }
  for (const auto* const mine : {&given, &known}) {
    if (!*mine || !(*mine)->header) continue;
    const note::PolicyHeader& header = *(*mine)->header;
    if (header.origin == served.header->origin && header.genesis == served.header->genesis) continue;
    return base::fail(kOtherRegistry, door_->url() + " serves " + served.header->origin +
                                          " with the genesis " + text_of(served.header->genesis) + "; " +
                                          (mine == &given ? "--policy" : layout_.policy_file()) + " is of " +
                                          header.origin + " with the genesis " + text_of(header.genesis));
  }
  // Of two that name the same genesis the given one is believed; the kept one must lie on its way.
  if (given) return std::move(*given);
  if (known) return std::move(*known);
  remarks.push_back("first look at " + door_->url() + ": from now on it has to be " + served.header->origin +
                    " with the genesis " + text_of(served.header->genesis) +
                    "; --policy FILE with a policy from elsewhere makes sure that it is the right one");
  return served;
}

Result<note::Policy> Mirror::walk(note::Policy from, const note::Policy& served) const {
  const std::uint64_t first = from.header->epoch.value() + 1;
  const std::uint64_t last = served.header->epoch.value();
  if (last < first) return from;
  if (last - first >= kStepsMax)
    return base::fail(kHubLies,
                      door_->url() + "/policy: epoch " + std::to_string(last) + " is too far ahead");
  for (std::uint64_t epoch = first; epoch <= last; ++epoch) {
    const std::string path = "/policies/" + std::to_string(epoch) + ".step";
    auto step = files_.fetch(path, base::kReceiptBytesMax);
    if (!step && step.error().kind() == base::kFileMissing) continue;  // a step may pass over numbers
    if (!step) return std::unexpected(step.error());
    auto next = verify::verify_policy_step(*step, from);
    if (!next) return std::unexpected(next.error().at(door_->url() + path));
    from = std::move(*next);
  }
  return from;
}

Result<void> Mirror::compare(const note::Checkpoint& served, const std::string& served_text) {
  ASSIGN_OR_RETURN(const auto kept_text,
                   read_if_there(*disk_, layout_.log_folder() + "/checkpoint", base::kCheckpointBytesMax));
  if (!kept_text) return {};
  const auto parsed = note::parse_signed_checkpoint(*kept_text);
  if (!parsed) return std::unexpected(parsed.error().at(layout_.log_folder() + "/checkpoint"));
  const note::Checkpoint& kept = parsed->checkpoint;
  if (kept.origin != served.origin)
    return refuse(kOtherRegistry, *kept_text, served_text, served.origin + " is not " + kept.origin);
  const std::string sizes = std::to_string(served.size.value()) + " leaves, after it had served " +
                            std::to_string(kept.size.value());
  if (served.size < kept.size) return refuse(kWentBack, *kept_text, served_text, sizes);
  if (served.size == kept.size) {
    if (served.root == kept.root) return {};
    return refuse(kOtherHistory, *kept_text, served_text, "another root for " + sizes);
  }
  if (kept.size == base::TreeSize(0)) return {};
  const storage::LogFolder log(files_, layout_.log_folder(), served.size);
  ASSIGN_OR_RETURN(const merkle::LogProof proof, merkle::prove_consistency(kept.size, served.size, log));
  if (merkle::verify_consistency(kept.size, kept.root, served.size, served.root, proof)) return {};
  return refuse(kOtherHistory, *kept_text, served_text,
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
