// Which memory a record will need: its kept id, its party and budget, and the objects of its paragraphs.
#include "charter/foresight.h"

#include <algorithm>
#include <string_view>

#include "charter/store.h"
#include "record/record.h"

namespace charter {
namespace {

using resource::ObjectClass;

/// Paragraphs of a record that are looked at; a record with many paragraphs is rare.
constexpr std::size_t kParagraphsMax = 4;
constexpr std::size_t kCacheLineBytes = 64;
constexpr std::size_t kTextBytesMax = 512;

void fetch(const void* memory, std::size_t bytes) {
  const auto* const first_byte = static_cast<const char*>(memory);
  for (std::size_t at = 0; at < std::min(bytes, kTextBytesMax); at += kCacheLineBytes) {
    __builtin_prefetch(first_byte + at);
  }
}

template <typename Element>
void fetch(const std::vector<Element>& list) {
  fetch(list.data(), list.size() * sizeof(Element));
}

void fetch_record(const record::Record& record) {
  fetch(record.leaf().data(), record.leaf().size());
  fetch(record.attributes());
  fetch(record.changes());
  fetch(record.signatures());
}

}  // namespace

void Store::expect(const record::Record& record, Foresight foresight) const {
  if (foresight == Foresight::kRecord) {
    fetch_record(record);
    return;
  }
  const std::string_view by = record.by();
  const std::uint32_t by_part = parties_.part_of_hash(by);
  if (foresight == Foresight::kSlots) {
    kept.expect_slot(kept.part_of_hash(record.id()));
    parties_.expect_slot(by_part);
    budgets.expect_slot(by_part);
  } else if (const auto* const party = parties_.expect_entry(by_part); foresight == Foresight::kEntries) {
    budgets.expect_entry(by_part);
  } else if (party != nullptr) {
    fetch(party->second.keys);
  }
  const std::size_t paragraphs = std::min(record.changes().size(), kParagraphsMax);
  for (std::size_t i = 0; i < paragraphs; ++i) {
    expect_object(record.changes()[i], by_part, foresight);
  }
}

void Store::expect_object(const resource::Change& change, std::uint32_t by_part, Foresight foresight) const {
  const auto& objects = objects_[static_cast<std::size_t>(change.object_class)];
  const std::uint32_t part = objects.part_of_hash(change.key);
  if (foresight == Foresight::kSlots) {
    objects.expect_slot(part);
  } else if (const auto* const entry = objects.expect_entry(part);
             entry != nullptr && foresight == Foresight::kTexts) {
    const std::string_view text = entry->second.object.text();
    fetch(text.data(), text.size());
  }
  if (change.object_class != ObjectClass::kDomain) return;
  for (const resource::LineChange& line : change.lines) {
    if (line.name != "nserver") continue;
    const std::uint32_t host_part = uses_.part_of_hash(line.value);
    if (foresight == Foresight::kSlots) {
      uses_.expect_slot(host_part);
      continue;
    }
    const auto* const use = uses_.expect_entry(host_part);
    if (use == nullptr) continue;
    // Hosts that many use are at hand, and they have the tables that are not.
    if (foresight == Foresight::kEntries) use->second.by_holder.expect_slot(by_part);
    if (foresight == Foresight::kTexts) use->second.by_holder.expect_entry(by_part);
  }
}

}  // namespace charter
