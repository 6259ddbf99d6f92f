#include "sim/forgetful_files.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace sim {
namespace {

using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::FileMode;
using base::Result;

/// A file or a folder. `live` is what the running machine sees, `durable` what is surely on the platter.
struct Node {
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  bool is_folder = false;
  Names live_names, durable_names;
  Bytes live_content, durable_content;
  bool content_unsynced = false;
  FileMode mode = FileMode::kPublic;
  std::uint64_t placed_at = 0;  // number of the last change made durable that gave this node a name
};
using NodePointer = std::shared_ptr<Node>;

/// A change of names that no sync has made durable yet.
struct NameChange {
  std::uint64_t number = 0;
  NodePointer folder;  // whose sync makes it durable
  std::string name;
  NodePointer node;         // null: the name is removed
  NodePointer from_folder;  // a rename only
  std::string from_name;
};

struct Place {
  NodePointer folder;
  std::string name;  // empty: the root itself
};

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string part = path.substr(start, end - start);
    CHECK(part != "..");  // the code under test builds its paths downwards only
    if (!part.empty() && part != ".") parts.push_back(part);
    start = end + 1;
  }
  return parts;
}

std::unexpected<base::Error> refuse(const ErrorKind& kind, const std::string& path, std::string_view why) {
  return base::fail(kind, path + ": " + std::string(why));
}

void make_durable(const NameChange& change) {
  if (change.node == nullptr) {
    change.folder->durable_names.erase(change.name);
    return;
  }
  // A later change of the same node may have become durable first (a rename into a folder that was synced);
  // the older name must not come back beside the newer one.
  if (change.node->placed_at > change.number) return;
  change.node->placed_at = change.number;
  if (change.from_folder != nullptr) {
    const auto old = change.from_folder->durable_names.find(change.from_name);
    if (old != change.from_folder->durable_names.end() && old->second == change.node) {
      change.from_folder->durable_names.erase(old);
    }
  }
  change.folder->durable_names[change.name] = change.node;
}

}  // namespace

struct ForgetfulFiles::Disk {
  explicit Disk(std::uint64_t seed) : random(seed) { root->is_folder = true; }

  mutable std::mutex mutex;
  std::mt19937_64 random;
  NodePointer root = std::make_shared<Node>();
  std::vector<NameChange> unsynced_names;
  std::uint64_t next_change = 1;
  std::uint64_t steps = 0;
  std::optional<std::pair<std::uint64_t, Fault>> fault;
  bool stopped = false;
  std::uint64_t starts = 0;  // counts crashes and restarts: a lock of an earlier life holds nothing
  std::set<std::string> locks;

  std::uint64_t below(std::uint64_t limit) { return random() % limit; }

  enum class Step : std::uint8_t { kGrows, kOther };
  /// Counts a step and says whether it may be done.
  bool begin_step(Step kind) {
    const std::uint64_t step = steps++;
    if (!fault) return true;
    switch (fault->second) {
      case Fault::kStop:
        stopped = step == fault->first;
        return !stopped;
      case Fault::kRefuse:
        return step != fault->first;
      case Fault::kFull:
        return step < fault->first || kind == Step::kOther;
    }
    return true;
  }

  Result<void> alive(const std::string& path, const ErrorKind& kind) const {
    if (stopped) return refuse(kind, path, "the machine has stopped");
    return {};
  }

  Result<Place> place_of(const std::string& path, const ErrorKind& kind) const {
    TRY(alive(path, kind));
    std::vector<std::string> parts = parts_of(path);
    Place place{root, ""};
    if (parts.empty()) return place;
    place.name = std::move(parts.back());
    parts.pop_back();
    for (const std::string& part : parts) {
      const auto entry = place.folder->live_names.find(part);
      if (entry == place.folder->live_names.end() || !entry->second->is_folder) {
        return refuse(base::kFileMissing, path, "no folder " + part);
      }
      place.folder = entry->second;
    }
    return place;
  }

  /// Null if there is nothing of that name.
  static NodePointer node_at(const Place& place) {
    if (place.name.empty()) return place.folder;
    const auto entry = place.folder->live_names.find(place.name);
    return entry == place.folder->live_names.end() ? nullptr : entry->second;
  }

  Result<NodePointer> find(const std::string& path, const ErrorKind& kind) const {
    ASSIGN_OR_RETURN(const Place place, place_of(path, kind));
    NodePointer node = node_at(place);
    if (node == nullptr) return refuse(base::kFileMissing, path, "no such file or folder");
    return node;
  }

  Result<NodePointer> find_file(const std::string& path, const ErrorKind& kind) const {
    ASSIGN_OR_RETURN(NodePointer node, find(path, kind));
    if (node->is_folder) return refuse(kind, path, "is a folder");
    return node;
  }

  void change_name(const Place& place, NodePointer node) {
    if (node == nullptr) {
      place.folder->live_names.erase(place.name);
    } else {
      place.folder->live_names[place.name] = node;
    }
    unsynced_names.push_back({next_change++, place.folder, place.name, std::move(node), nullptr, ""});
  }

  Result<NodePointer> create(const std::string& path, const Place& place, bool is_folder, FileMode mode) {
    if (!begin_step(Step::kGrows)) return refuse(base::kFileUnwritable, path, "cannot be created");
    auto node = std::make_shared<Node>();
    node->is_folder = is_folder;
    node->mode = mode;
    change_name(place, node);
    return node;
  }

  Result<void> truncate(const std::string& path, Node& node) {
    if (!begin_step(Step::kOther)) return refuse(base::kFileUnwritable, path, "cannot be truncated");
    node.live_content.clear();
    node.content_unsynced = true;
    return {};
  }

  Result<void> fill(const std::string& path, Node& node, ByteView content) {
    const bool whole = begin_step(Step::kGrows);
    const std::size_t size = whole ? content.size() : static_cast<std::size_t>(below(content.size() + 1));
    node.live_content.assign(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(size));
    node.content_unsynced = true;
    if (!whole) return refuse(base::kFileUnwritable, path, "written in part");
    if (!begin_step(Step::kOther)) return refuse(base::kFileUnwritable, path, "not synced");
    node.durable_content = node.live_content;
    node.content_unsynced = false;
    return {};
  }

  Result<void> sync_names(const std::string& path, const NodePointer& folder) {
    if (!begin_step(Step::kOther)) return refuse(base::kFileUnwritable, path, "folder not synced");
    std::vector<NameChange> others;
    for (NameChange& change : unsynced_names) {
      if (change.folder == folder) {
        make_durable(change);
      } else {
        others.push_back(std::move(change));
      }
    }
    unsynced_names = std::move(others);
    return {};
  }

  void tear(Node& node) {
    const std::size_t kept = static_cast<std::size_t>(below(node.live_content.size() + 1));
    switch (below(4)) {
      case 0:
        return;  // the old content
      case 1:
        node.durable_content = node.live_content;
        return;
      case 2:
        node.durable_content.assign(node.live_content.size(), 0);
        break;
      default:
        node.durable_content.assign(kept, 0);
        break;
    }
    std::copy_n(node.live_content.begin(), kept, node.durable_content.begin());
  }

  void wake(Node& node) {
    if (node.content_unsynced) tear(node);
    node.content_unsynced = false;
    node.live_content = node.durable_content;
    node.live_names = node.durable_names;
    for (const auto& [name, below_it] : node.live_names) wake(*below_it);
  }

  void forget() {
    // How much the machine had got round to: nothing and everything are as likely as each mixture.
    constexpr std::array<std::uint64_t, 5> kOddsOfEight{0, 1, 4, 7, 8};
    const std::uint64_t odds = kOddsOfEight[below(kOddsOfEight.size())];
    for (const NameChange& change : unsynced_names) {
      if (below(8) < odds) make_durable(change);
    }
    unsynced_names.clear();
    wake(*root);
  }

  void begin_life() {
    ++starts;
    locks.clear();
    fault.reset();
    stopped = false;
  }
};

ForgetfulFiles::ForgetfulFiles(std::uint64_t seed) : disk_(std::make_shared<Disk>(seed)) {}
ForgetfulFiles::~ForgetfulFiles() = default;

void ForgetfulFiles::fault_at(std::uint64_t step, Fault fault) {
  const std::scoped_lock guard(disk_->mutex);
  CHECK(!disk_->stopped);
  disk_->fault = {step, fault};
}

void ForgetfulFiles::clear_fault() {
  const std::scoped_lock guard(disk_->mutex);
  CHECK(!disk_->stopped);
  disk_->fault.reset();
}

std::uint64_t ForgetfulFiles::steps() const {
  const std::scoped_lock guard(disk_->mutex);
  return disk_->steps;
}

bool ForgetfulFiles::stopped() const {
  const std::scoped_lock guard(disk_->mutex);
  return disk_->stopped;
}

void ForgetfulFiles::crash() {
  const std::scoped_lock guard(disk_->mutex);
  disk_->forget();
  disk_->begin_life();
}

void ForgetfulFiles::restart() {
  const std::scoped_lock guard(disk_->mutex);
  disk_->begin_life();
}

void ForgetfulFiles::expose(const std::string& path) {
  const std::scoped_lock guard(disk_->mutex);
  const auto node = disk_->find_file(path, base::kFileUnwritable);
  CHECK(node.has_value());
  (*node)->mode = FileMode::kPublic;
}

Result<Bytes> ForgetfulFiles::read(const std::string& path, std::size_t bytes_max) const {
  const std::scoped_lock guard(disk_->mutex);
  ASSIGN_OR_RETURN(const NodePointer node, disk_->find_file(path, base::kFileUnreadable));
  if (node->live_content.size() > bytes_max) return refuse(base::kFileTooLarge, path, "too large");
  return node->live_content;
}

Result<base::SecretBytes> ForgetfulFiles::read_secret(const std::string& path, std::size_t bytes_max) const {
  const std::scoped_lock guard(disk_->mutex);
  ASSIGN_OR_RETURN(const NodePointer node, disk_->find_file(path, base::kFileUnreadable));
  if (node->mode != FileMode::kSecret) return refuse(base::kFileExposed, path, "others may read it");
  if (node->live_content.size() > bytes_max) return refuse(base::kFileTooLarge, path, "too large");
  base::SecretBytes content(node->live_content.size());
  std::ranges::copy(node->live_content, content.writable().begin());
  return content;
}

Result<bool> ForgetfulFiles::exists(const std::string& path) const {
  const std::scoped_lock guard(disk_->mutex);
  TRY(disk_->alive(path, base::kFileUnreadable));
  return disk_->find(path, base::kFileUnreadable).has_value();
}

Result<std::vector<std::string>> ForgetfulFiles::list(const std::string& folder) const {
  const std::scoped_lock guard(disk_->mutex);
  ASSIGN_OR_RETURN(const NodePointer node, disk_->find(folder, base::kFileUnreadable));
  if (!node->is_folder) return refuse(base::kFileMissing, folder, "is no folder");
  std::vector<std::string> names;
  for (const auto& [name, below_it] : node->live_names) names.push_back(name);
  return names;  // a std::map of strings is sorted bytewise already
}

Result<void> ForgetfulFiles::write_synced(const std::string& path, ByteView content, FileMode mode) {
  const std::scoped_lock guard(disk_->mutex);
  ASSIGN_OR_RETURN(const Place place, disk_->place_of(path, base::kFileUnwritable));
  NodePointer node = Disk::node_at(place);
  if (node == nullptr) {
    ASSIGN_OR_RETURN(node, disk_->create(path, place, false, mode));
  } else {
    if (node->is_folder) return refuse(base::kFileUnwritable, path, "is a folder");
    if (mode == FileMode::kSecret && node->mode != FileMode::kSecret) {
      return refuse(base::kFileExposed, path, "others may read it");
    }
    TRY(disk_->truncate(path, *node));
  }
  return disk_->fill(path, *node, content);
}

Result<void> ForgetfulFiles::rename(const std::string& from, const std::string& to) {
  const std::scoped_lock guard(disk_->mutex);
  ASSIGN_OR_RETURN(const Place source, disk_->place_of(from, base::kFileUnwritable));
  ASSIGN_OR_RETURN(const Place target, disk_->place_of(to, base::kFileUnwritable));
  NodePointer node = Disk::node_at(source);
  if (node == nullptr) return refuse(base::kFileMissing, from, "no such file or folder");
  const NodePointer replaced = Disk::node_at(target);
  if (target.name.empty() || (replaced != nullptr && replaced->is_folder)) {
    return refuse(base::kFileUnwritable, to, "is a folder");
  }
  if (!disk_->begin_step(Disk::Step::kOther)) return refuse(base::kFileUnwritable, to, "not renamed");
  if (replaced == node) return {};
  source.folder->live_names.erase(source.name);
  target.folder->live_names[target.name] = node;
  disk_->unsynced_names.push_back(
      {disk_->next_change++, target.folder, target.name, std::move(node), source.folder, source.name});
  return {};
}

Result<void> ForgetfulFiles::remove(const std::string& path) {
  const std::scoped_lock guard(disk_->mutex);
  ASSIGN_OR_RETURN(const Place place, disk_->place_of(path, base::kFileUnwritable));
  const NodePointer node = Disk::node_at(place);
  if (node == nullptr) return refuse(base::kFileMissing, path, "no such file or folder");
  if (place.name.empty() || !node->live_names.empty()) {
    return refuse(base::kFileUnwritable, path, "folder not empty");
  }
  if (!disk_->begin_step(Disk::Step::kOther)) return refuse(base::kFileUnwritable, path, "not removed");
  disk_->change_name(place, nullptr);
  return {};
}

Result<void> ForgetfulFiles::make_folders(const std::string& path) {
  const std::scoped_lock guard(disk_->mutex);
  TRY(disk_->alive(path, base::kFileUnwritable));
  NodePointer folder = disk_->root;
  for (const std::string& part : parts_of(path)) {
    const Place place{folder, part};
    NodePointer next = Disk::node_at(place);
    if (next == nullptr) {
      ASSIGN_OR_RETURN(next, disk_->create(path, place, true, FileMode::kPublic));
      TRY(disk_->sync_names(path, folder));
    }
    if (!next->is_folder) return refuse(base::kFileUnwritable, path, part + " is no folder");
    folder = std::move(next);
  }
  return {};
}

Result<void> ForgetfulFiles::sync_folder(const std::string& path) {
  const std::scoped_lock guard(disk_->mutex);
  ASSIGN_OR_RETURN(const NodePointer node, disk_->find(path, base::kFileUnwritable));
  if (!node->is_folder) return refuse(base::kFileMissing, path, "is no folder");
  return disk_->sync_names(path, node);
}

Result<std::unique_ptr<base::FileLock>> ForgetfulFiles::lock(const std::string& path) {
  class Lock final : public base::FileLock {
   public:
    Lock(std::shared_ptr<Disk> disk, std::string path)
        : disk_(std::move(disk)), path_(std::move(path)), start_(disk_->starts) {}
    ~Lock() override {
      const std::scoped_lock guard(disk_->mutex);
      if (start_ == disk_->starts) disk_->locks.erase(path_);
    }

   private:
    std::shared_ptr<Disk> disk_;
    std::string path_;
    std::uint64_t start_;
  };
  const std::scoped_lock guard(disk_->mutex);
  ASSIGN_OR_RETURN(const Place place, disk_->place_of(path, base::kFileUnwritable));
  if (Disk::node_at(place) == nullptr) {
    TRY(disk_->create(path, place, false, FileMode::kPublic));
  }
  if (!disk_->locks.insert(path).second) return refuse(base::kFileLocked, path, "held already");
  return std::make_unique<Lock>(disk_, path);
}

}  // namespace sim
