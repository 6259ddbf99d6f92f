#include "replica/log_index.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "codec/base64.h"

namespace replica {
namespace {

constexpr std::size_t kSlotsMin = 1'024;

std::uint64_t first_word(const base::Hash& id) {
  std::uint64_t word = 0;
  std::memcpy(&word, id.bytes.data(), sizeof word);
  return word;
}

}  // namespace

void LogIndex::take(base::LeafIndex index, const record::Record& record) {
  CHECK(index.value() == size_.value());
  const std::uint64_t leaf = index.value();
  size_ = base::TreeSize(leaf + 1);
  if (record.kind() == record::Kind::kBlock) {
    blocks_.push_back(leaf);
    for (const record::Attribute& attribute : record.attributes()) {
      // "executed <id>"
      if (attribute.name == "effect") follow(attribute.value.substr(attribute.value.rfind(' ') + 1), leaf);
    }
    return;
  }
  put(record.id(), leaf);
  const std::size_t first = subject_objects_.size();
  for (const resource::Change& change : record.changes()) {
    subject_objects_.push_back(object_number(change.id()));
  }
  if (const auto object = record.object()) subject_objects_.push_back(object_number(*object));
  if (subject_objects_.size() > first) {
    subject_leaves_.push_back(leaf);
    subject_firsts_.push_back(first);
    for (std::size_t i = first; i < subject_objects_.size(); ++i) add_to_history(subject_objects_[i], leaf);
  }
  follow(record.value("proposal"), leaf);
}

// What answers a record concerns the same objects.
void LogIndex::follow(std::string_view id_text, std::uint64_t leaf) {
  const auto id = codec::parse_base64_hash(id_text);
  if (!id) return;
  for (const std::uint32_t object : objects_of(*id)) add_to_history(object, leaf);
}

std::span<const std::uint32_t> LogIndex::objects_of(const record::RecordId& subject) const {
  const auto leaf = find(subject);
  if (!leaf) return {};
  const auto found = std::ranges::lower_bound(subject_leaves_, leaf->value());
  if (found == subject_leaves_.end() || *found != leaf->value()) return {};
  const auto number = static_cast<std::size_t>(found - subject_leaves_.begin());
  const std::size_t end =
      number + 1 < subject_firsts_.size() ? subject_firsts_[number + 1] : subject_objects_.size();
  return std::span(subject_objects_).subspan(subject_firsts_[number], end - subject_firsts_[number]);
}

void LogIndex::add_to_history(std::uint32_t object, std::uint64_t leaf) {
  std::vector<std::uint64_t>& history = histories_[object];
  if (history.empty() || history.back() != leaf) history.push_back(leaf);
}

std::uint32_t LogIndex::object_number(const resource::ObjectId& id) {
  const auto [found, is_new] =
      objects_.try_emplace(id.trie_name(), static_cast<std::uint32_t>(histories_.size()));
  if (is_new) histories_.emplace_back();
  return found->second;
}

void LogIndex::put(const record::RecordId& id, std::uint64_t leaf) {
  if (4 * (used_ + 1) > 3 * slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t word = first_word(id);
  std::size_t at = word & mask;
  for (; slots_[at].leaf_and_one != 0; at = (at + 1) & mask) {
    if (slots_[at].id == word) return;  // an id stands once; the first one stays
  }
  slots_[at] = {word, leaf + 1};
  ++used_;
}

void LogIndex::grow() {
  std::vector<Slot> old(std::max(kSlotsMin, 2 * slots_.size()));
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.leaf_and_one == 0) continue;
    std::size_t at = slot.id & mask;
    while (slots_[at].leaf_and_one != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

std::optional<base::LeafIndex> LogIndex::find(const record::RecordId& id) const {
  if (slots_.empty()) return std::nullopt;
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t word = first_word(id);
  for (std::size_t at = word & mask; slots_[at].leaf_and_one != 0; at = (at + 1) & mask) {
    if (slots_[at].id == word) return base::LeafIndex(slots_[at].leaf_and_one - 1);
  }
  return std::nullopt;
}

std::span<const std::uint64_t> LogIndex::history(const resource::ObjectId& id, base::LeafIndex from,
                                                 std::size_t count_max) const {
  const auto found = objects_.find(id.trie_name());
  if (found == objects_.end()) return {};
  const std::vector<std::uint64_t>& leaves = histories_[found->second];
  const auto begin = std::ranges::lower_bound(leaves, from.value());
  const auto rest = static_cast<std::size_t>(leaves.end() - begin);
  return {begin, std::min(rest, count_max)};
}

std::optional<base::LeafIndex> LogIndex::block(base::Height height) const {
  if (height.value() >= blocks_.size()) return std::nullopt;
  return base::LeafIndex(blocks_[height.value()]);
}

base::Height LogIndex::height_of(base::LeafIndex index) const {
  CHECK(index.value() < size_.value());
  const auto found = std::ranges::lower_bound(blocks_, index.value());
  return base::Height(static_cast<std::uint64_t>(found - blocks_.begin()));
}

std::size_t LogIndex::bytes() const {
  std::size_t bytes = slots_.capacity() * sizeof(Slot) + blocks_.capacity() * 8;
  bytes += (subject_leaves_.capacity() + subject_firsts_.capacity()) * 8 + subject_objects_.capacity() * 4;
  for (const auto& history : histories_) bytes += sizeof(std::vector<std::uint64_t>) + history.capacity() * 8;
  constexpr std::size_t kNodeBytes = 80;  // a map's node, with a name that is not short
  return bytes + objects_.size() * kNodeBytes;
}

}  // namespace replica
