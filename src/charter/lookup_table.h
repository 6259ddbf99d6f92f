// A hash table that tells nothing about its order: look up, put, erase, count, and a list of the entries that
// is sorted by key. There is no begin(), so no caller can come to depend on an order that differs between
// machines. The only hash table of the exact rooms; why: docs/adr/0009-lookup-tables.md
//
// A log's replay waits for memory more than for anything else, so a look-up touches two places: a slot of
// eight bytes (part of the hash, and the entry's number), and the entry that it names. Slots of one hash
// follow each other until an empty one. Entries never move; the slots of a table that grows do.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/ed25519.h"

namespace charter {

struct LookupHash {
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);  // exact: chooses a bucket, which nothing can see
  }
  // Hashes and keys are spread already.
  std::size_t operator()(const base::Hash& hash) const noexcept { return first_word(hash.bytes.data()); }
  std::size_t operator()(const crypto::PublicKey& key) const noexcept { return first_word(key.bytes.data()); }

 private:
  static std::size_t first_word(const void* bytes) {
    std::size_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
};

/// Cost: O(1) expected for everything but sorted().   Threads: as a standard container.
/// Lifetime: an entry keeps its address until it is erased; list and table move together.
template <typename KeyType, typename ValueType>
class LookupTable {
 public:
  using Key = KeyType;
  using Value = ValueType;
  using Entry = std::pair<const Key, Value>;

  template <typename K>
  const Value* find(const K& key) const {
    const std::size_t slot = slot_of(key);
    return slot == kNoSlot ? nullptr : &place(slots_[slot].number)->second;
  }
  template <typename K>
  Value* find(const K& key) {
    return const_cast<Value*>(std::as_const(*this).find(key));
  }
  /// The entry of the key, and true if it is new: its value is Value{} then.
  template <typename K>
  std::pair<Entry*, bool> add(const K& key) {
    const std::size_t slot = slot_of(key);
    if (slot != kNoSlot) return {&*place(slots_[slot].number), false};
    return {&insert(key, Value{}), true};
  }
  /// True if the key is new.
  bool put(const Key& key, Value value) {
    const std::size_t slot = slot_of(key);
    if (slot == kNoSlot) {
      insert(key, std::move(value));
      return true;
    }
    place(slots_[slot].number)->second = std::move(value);
    return false;
  }
  /// The value, a new one if the key is new.
  template <typename K>
  Value& find_or_add(const K& key) {
    return add(key).first->second;
  }
  /// Erases the entry; what its value was, if there was one.
  template <typename K>
  std::optional<Value> take(const K& key) {
    const std::size_t slot = slot_of(key);
    if (slot == kNoSlot) return std::nullopt;
    const std::uint32_t number = slots_[slot].number;
    std::optional<Value> value = std::move(place(number)->second);
    place(number).reset();
    free_.push_back(number);
    close_slot(slot);
    --size_;
    return value;
  }
  template <typename K>
  void erase(const K& key) {
    take(key);
  }
  std::size_t size() const { return size_; }
  /// Every entry, by key. Cost: O(n log n).   Lifetime: until the next erase.
  std::vector<const Entry*> sorted() const {
    std::vector<const Entry*> entries;
    entries.reserve(size_);
    for (const auto& chunk : chunks_) {
      for (const std::optional<Entry>& entry : chunk) {
        if (entry) entries.push_back(&*entry);
      }
    }
    std::sort(entries.begin(), entries.end(),
              [](const Entry* a, const Entry* b) { return a->first < b->first; });
    return entries;
  }

  /// What expect_slot and expect_entry take for the key.
  template <typename K>
  static std::uint32_t part_of_hash(const K& key) {
    return static_cast<std::uint32_t>(LookupHash{}(key));
  }
  /// Asks the processor to fetch the key's slot, without waiting. Nothing can tell whether it was asked.
  void expect_slot(std::uint32_t part) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[home_of(part)]);
  }
  /// Then the entry, when the slot has had time to come; the entry's address, or null. It may be another
  /// key's: good for nothing but fetching.
  const Entry* expect_entry(std::uint32_t part) const {
    if (slots_.empty()) return nullptr;
    for (std::size_t slot = home_of(part); slots_[slot].number != 0; slot = next_of(slot)) {
      if (slots_[slot].part_of_hash != part) continue;
      const Entry* const entry = &*place(slots_[slot].number);
      const auto* const first_byte = reinterpret_cast<const char*>(entry);
      for (std::size_t at = 0; at < std::min(sizeof(Entry), kFetchedBytesMax); at += kCacheLineBytes) {
        __builtin_prefetch(first_byte + at);
      }
      return entry;
    }
    return nullptr;
  }

 private:
  struct Slot {
    std::uint32_t part_of_hash = 0;
    std::uint32_t number = 0;  ///< of the entry, from 1 on; 0: empty
  };
  static constexpr std::size_t kNoSlot = ~std::size_t{0};
  static constexpr std::size_t kSlotsMin = 2;
  static constexpr std::size_t kCacheLineBytes = 64;
  static constexpr std::size_t kFetchedBytesMax = 192;
  // At most five slots of eight are taken.
  static constexpr std::size_t kEntriesPerSlots = 5;
  static constexpr std::size_t kSlotsPerEntries = 8;
  // Chunks of entries double from one entry to this, then stay: many tables hold one entry for ever.
  static constexpr unsigned kChunkBits = 8;
  static constexpr std::uint32_t kChunkEntries = 1U << kChunkBits;

  std::size_t home_of(std::uint32_t part) const { return part & (slots_.size() - 1); }
  std::size_t next_of(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

  template <typename K>
  std::size_t slot_of(const K& key) const {
    if (slots_.empty()) return kNoSlot;
    const std::uint32_t part = part_of_hash(key);
    for (std::size_t slot = home_of(part); slots_[slot].number != 0; slot = next_of(slot)) {
      if (slots_[slot].part_of_hash == part && place(slots_[slot].number)->first == key) return slot;
    }
    return kNoSlot;
  }
  /// Shapes: the key is not there.
  template <typename K>
  Entry& insert(const K& key, Value value) {
    if (kSlotsPerEntries * (size_ + 1) > kEntriesPerSlots * slots_.size()) grow();
    const std::uint32_t number = take_number();
    put_slot({part_of_hash(key), number});
    ++size_;
    return place(number).emplace(Key(key), std::move(value));
  }
  void put_slot(const Slot& filled) {
    std::size_t slot = home_of(filled.part_of_hash);
    while (slots_[slot].number != 0) slot = next_of(slot);
    slots_[slot] = filled;
  }
  void grow() {
    CHECK(slots_.size() < (std::size_t{1} << 32));
    std::vector<Slot> old(std::max(kSlotsMin, 2 * slots_.size()));
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number != 0) put_slot(slot);
    }
  }
  /// Empties a slot. What follows up to the next empty slot moves up, unless it stands at its home or would
  /// come before it.
  void close_slot(std::size_t hole) {
    for (std::size_t slot = next_of(hole); slots_[slot].number != 0; slot = next_of(slot)) {
      const std::size_t mask = slots_.size() - 1;
      const std::size_t from_home = (slot - home_of(slots_[slot].part_of_hash)) & mask;
      if (from_home < ((slot - hole) & mask)) continue;
      slots_[hole] = slots_[slot];
      hole = slot;
    }
    slots_[hole] = {};
  }

  std::uint32_t take_number() {
    if (free_.empty()) {
      CHECK(next_number_ != 0);
      if (chunk_of(next_number_) == chunks_.size()) {
        chunks_.emplace_back(std::min(next_number_, kChunkEntries));
      }
      return next_number_++;
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    return number;
  }
  /// Chunk c < kChunkBits has 2^c entries, from number 2^c on; the others have kChunkEntries.
  static std::size_t chunk_of(std::uint32_t number) {
    return number < kChunkEntries ? std::bit_width(number) - 1U : (number >> kChunkBits) + (kChunkBits - 1);
  }
  static std::size_t place_in_chunk(std::uint32_t number) {
    return number < kChunkEntries ? number - std::bit_floor(number) : number % kChunkEntries;
  }
  std::optional<Entry>& place(std::uint32_t number) {
    return chunks_[chunk_of(number)][place_in_chunk(number)];
  }
  const std::optional<Entry>& place(std::uint32_t number) const {
    return chunks_[chunk_of(number)][place_in_chunk(number)];
  }

  std::vector<Slot> slots_;  ///< a power of two of them, or none yet
  std::vector<std::vector<std::optional<Entry>>> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t next_number_ = 1;
  std::size_t size_ = 0;
};

}  // namespace charter
