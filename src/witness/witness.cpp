#include "witness/witness.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "codec/hex.h"
#include "crypto/hash.h"
#include "merkle/log_tree.h"
#include "note/checkpoint.h"

namespace witness {
namespace {

using base::Result;
using note::VerifierKey;

constexpr std::string_view kLogHead = "comity/1 witnessed-log ";
constexpr std::string_view kLogKey = "key: ";
constexpr std::size_t kLogFileBytesMax = 8'192;
/// A clock that is set back by this much or less is waited out with the last time; more is an operator's mistake.
constexpr base::Seconds kClockBackMax(60);

std::string logs_folder(const std::string& folder) {
  return folder + "/logs";
}

// Origins hold slashes and whatever else; their hash makes a name that any disk takes.
std::string log_folder(const std::string& folder, std::string_view origin) {
  constexpr std::size_t kNameBytes = 16;
  const base::Hash hash = crypto::sha256(base::as_bytes(origin));
  return logs_folder(folder) + "/" + codec::serialize_hex(hash.view().first(kNameBytes));
}

std::string serialize_log(const std::vector<VerifierKey>& keys) {
  std::string text(kLogHead);
  text.append(keys.front().name).append("\n");
  for (const VerifierKey& key : keys)
    text.append(kLogKey).append(note::serialize_verifier_key(key)).append("\n");
  return text;
}

Result<void> check_log_keys(const std::vector<VerifierKey>& keys) {
  if (keys.empty() || keys.size() > kLogKeysMax)
    return base::fail(kBadWitnessLog, "1 to 8 keys are expected");
  for (const VerifierKey& key : keys) {
    if (key.type != note::KeyType::kEd25519)
      return base::fail(kBadWitnessLog, key.name + ": a key that signs checkpoints (type 0x01) is expected");
    if (key.name != keys.front().name)
      return base::fail(kBadWitnessLog,
                        "keys of one origin are expected: " + keys.front().name + ", " + key.name);
    if (std::ranges::count(keys, key) != 1) return base::fail(kBadWitnessLog, key.name + ": one key twice");
  }
  return {};
}

Result<std::vector<VerifierKey>> parse_log(std::string_view text) {
  const std::string_view whole = text;
  std::vector<VerifierKey> keys;
  text.remove_prefix(std::min(text.size(), text.find('\n')));
  while (text.size() > 1) {
    const std::string_view line = text.substr(1, text.find('\n', 1) - 1);
    if (!line.starts_with(kLogKey) || keys.size() == kLogKeysMax)
      return base::fail(kBadWitnessLog, "key: VKEY is expected, at most 8 times");
    ASSIGN_OR_RETURN(VerifierKey key, note::parse_verifier_key(line.substr(kLogKey.size())));
    keys.push_back(std::move(key));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  TRY(check_log_keys(keys));
  if (serialize_log(keys) != whole) return base::fail(kBadWitnessLog, "another text is expected");
  return keys;
}

Answer plain(unsigned status, const std::string& text) {
  return {status, "text/plain; charset=utf-8", text + "\n"};
}

// Is there a line of a known key, and do all lines of known keys verify?
bool is_signed_by_log(const note::NoteView& note, const std::vector<VerifierKey>& keys) {
  bool found = false;
  for (const VerifierKey& key : keys) {
    if (note::find_signature(note, key) == nullptr) continue;
    if (!note::verify_note(note, key)) return false;
    found = true;
  }
  return found;
}

// Nothing to prove from the empty tree, which every log extends.
Result<void> check_growth(const storage::Cosigned& last, const note::WitnessRequest& request,
                          const note::ForeignCheckpoint& checkpoint) {
  if (last.size.value() == 0) {
    if (request.proof.empty()) return {};
    return base::fail(merkle::kBadLogProof, "from size 0 no hash is expected");
  }
  return merkle::verify_consistency(last.size, last.root, checkpoint.size, checkpoint.root, request.proof);
}

}  // namespace

std::string key_path(const std::string& folder) {
  return folder + "/witness.key";
}

std::string lock_path(const std::string& folder) {
  return folder + "/lock";
}

Result<std::unique_ptr<Witness>> Witness::open(base::Files& files, const std::string& folder,
                                               const base::Clock& clock) {
  const auto bytes = files.read_secret(key_path(folder), base::kKeyFileBytesMax);
  if (!bytes) {
    if (!(bytes.error().kind() == base::kFileMissing)) return std::unexpected(bytes.error());
    return base::fail(kNoWitness,
                      folder + " holds no witness; `comity witness init " + folder + "` makes one");
  }
  auto key = note::parse_secret_key(base::as_text(bytes->view()));
  if (!key) return std::unexpected(key.error().at(key_path(folder)));
  if (key->type() != note::KeyType::kCosignature)
    return base::fail(note::kBadKey, key_path(folder) + ": a cosigner's key (type 0x04) is expected");
  std::unique_ptr<Witness> witness(new Witness(std::move(*key), clock));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(logs_folder(folder)));
  for (const std::string& name : names) TRY(witness->load_log(files, logs_folder(folder) + "/" + name));
  return witness;
}

Result<void> Witness::load_log(base::Files& files, const std::string& folder) {
  const auto bytes = files.read(folder + "/log", kLogFileBytesMax);
  if (!bytes) {
    // A crash while the log was being added; nothing was cosigned for it.
    if (bytes.error().kind() == base::kFileMissing) return {};
    return std::unexpected(bytes.error());
  }
  auto keys = parse_log(base::as_text(*bytes));
  if (!keys) return std::unexpected(keys.error().at(folder + "/log"));
  const std::string origin = keys->front().name;
  if (logs_.size() == kWitnessLogsMax) return base::fail(kBadWitnessLog, "more than 4,096 logs");
  auto log = std::make_unique<Log>();
  log->keys = std::move(*keys);
  ASSIGN_OR_RETURN(storage::CosignMemory memory,
                   storage::CosignMemory::open(files, folder + "/cosigned", origin));
  if (!memory.last()) {
    return base::fail(kWitnessMemoryLost, folder + "/cosigned, the memory for " + origin +
                                              ", is gone; restore it, or retire this witness's key");
  }
  log->memory.emplace(std::move(memory));
  if (!logs_.emplace(origin, std::move(log)).second)
    return base::fail(kBadWitnessLog, folder + ": " + origin + " stands in another folder too");
  return {};
}

Answer Witness::add_checkpoint(std::string_view body) {
  const auto request = note::parse_witness_request(body);
  if (!request) return plain(400, request.error().message());
  const auto checkpoint = note::parse_foreign_checkpoint(request->checkpoint);
  if (!checkpoint) return plain(400, checkpoint.error().message());
  const auto log = logs_.find(checkpoint->origin);
  if (log == logs_.end()) return plain(404, "this witness does not know that log");
  if (!is_signed_by_log(checkpoint->note, log->second->keys))
    return plain(403, "no valid signature of a key that this witness knows for that log");
  if (request->old_size > checkpoint->size) return plain(400, "the old size is larger than the checkpoint's");
  return extend(*log->second, *request, *checkpoint);
}

// One lock from the comparison to the durable memory: else a request that was compared earlier could set the
// memory back (C2SP tlog-witness, the race at the end of "add-checkpoint").
Answer Witness::extend(Log& log, const note::WitnessRequest& request,
                       const note::ForeignCheckpoint& checkpoint) {
  const std::lock_guard lock(log.mutex);
  CHECK(log.memory && log.memory->last());
  const storage::Cosigned last = *log.memory->last();
  if (request.old_size != last.size)
    return {409, "text/x.tlog.size", std::to_string(last.size.value()) + "\n"};
  if (checkpoint.size == last.size) {
    if (!request.proof.empty()) return plain(422, "from a size to itself no hash is expected");
    // No size in this answer: the log would take it for one to begin from, and there is none.
    if (checkpoint.root != last.root) return plain(409, "this witness cosigned another root of that size");
  } else if (const auto grown = check_growth(last, request, checkpoint); !grown) {
    return plain(422, grown.error().detail());
  }
  const base::EpochSeconds now = clock_->now();
  if (now + kClockBackMax < last.time) return plain(503, "the clock of this witness went back");
  const base::EpochSeconds time = std::max(now, last.time);
  // After a failed write the memory refuses everything until the witness is opened again.
  if (const auto stored = log.memory->store(checkpoint.size, checkpoint.root, time); !stored)
    return plain(500, "this witness cannot remember: " + std::string(stored.error().kind().name));
  return {200, "text/plain; charset=utf-8", note::cosign_text(checkpoint.note.text, key_, time)};
}

std::vector<LogStanding> Witness::logs() const {
  std::vector<LogStanding> standings;
  for (const auto& [origin, log] : logs_) {
    const std::lock_guard lock(log->mutex);
    standings.push_back({origin, log->memory->last()->size, log->memory->last()->time});
  }
  return standings;
}

Result<void> create_witness(base::Files& files, const std::string& folder, const note::Signer& key) {
  CHECK(key.type() == note::KeyType::kCosignature);
  ASSIGN_OR_RETURN(const bool exists, files.exists(key_path(folder)));
  if (exists) return base::fail(kWitnessExists, key_path(folder) + " is there already");
  TRY(files.make_folders(logs_folder(folder)));
  const base::SecretBytes text = note::serialize_secret_key(key);
  return base::replace_file(files, key_path(folder), text.view(), base::FileMode::kSecret);
}

Result<void> add_log(base::Files& files, const std::string& folder, const std::vector<VerifierKey>& keys,
                     base::EpochSeconds now) {
  TRY(check_log_keys(keys));
  const std::string& origin = keys.front().name;
  const std::string place = log_folder(folder, origin);
  ASSIGN_OR_RETURN(const bool exists, files.exists(place + "/log"));
  if (exists) return base::fail(kLogKnown, "this witness knows " + origin + " already");
  TRY(files.make_folders(place));
  ASSIGN_OR_RETURN(storage::CosignMemory memory,
                   storage::CosignMemory::open(files, place + "/cosigned", origin));
  if (!memory.last()) TRY(memory.store(base::TreeSize(0), merkle::empty_log_root(), now));
  return base::replace_file(files, place + "/log", base::as_bytes(serialize_log(keys)),
                            base::FileMode::kPublic);
}

}  // namespace witness
