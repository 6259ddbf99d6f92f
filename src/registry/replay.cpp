#include "registry/replay.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "registry/succession.h"

namespace registry {
namespace {

constexpr std::string_view kBlockHead = "comity/1 block ";

std::string leaf_name(std::uint64_t index) {
  return "leaf " + std::to_string(index);
}

// Names the first line in which two block records differ.
std::string first_difference(std::string_view written, std::string_view computed) {
  std::size_t line = 1;
  while (!written.empty() || !computed.empty()) {
    const std::string_view left = written.substr(0, written.find('\n'));
    const std::string_view right = computed.substr(0, computed.find('\n'));
    if (left != right) {
      return "line " + std::to_string(line) + ": the log says \"" + std::string(left) +
             "\", the rules give \"" + std::string(right) + "\"";
    }
    written.remove_prefix(std::min(left.size() + 1, written.size()));
    computed.remove_prefix(std::min(right.size() + 1, computed.size()));
    ++line;
  }
  return "equal";
}

/// Applying a record takes about as long as memory needs to answer ten times; so what comes is told four
/// steps ahead, each this many records after the one before.
constexpr std::size_t kStepRecords = 3;

template <typename RecordAt>
void look_ahead_by(const charter::State& state, std::size_t count, const RecordAt& record_at) {
  using enum charter::Foresight;
  std::size_t distance = 0;
  for (const charter::Foresight step : {kTexts, kEntries, kSlots, kRecord}) {
    distance += kStepRecords;
    if (distance >= count) return;
    if (const record::Record* const record = record_at(distance)) state.expect(*record, step);
  }
}

base::Result<void> compare(std::string_view written, const std::string& computed, std::uint64_t index) {
  if (written == computed) return {};
  return base::fail(kWrongBlockRecord, leaf_name(index) + ": " + first_difference(written, computed));
}

}  // namespace

void look_ahead(const charter::State& state, std::span<const record::Record* const> coming) {
  look_ahead_by(state, coming.size(), [&](std::size_t n) { return coming[n]; });
}

bool is_block_record(std::string_view leaf) {
  return leaf.starts_with(kBlockHead);
}

base::Result<void> check_last_state(Registry& registry, const record::Record& block_record,
                                    base::LeafIndex index) {
  registry.rehash();
  const std::string computed = codec::serialize_base64(registry.state().view());
  if (block_record.value("state") == computed) return {};
  return base::fail(kWrongBlockRecord, leaf_name(index.value()) + ": the log says \"state: " +
                                           std::string(block_record.value("state")) +
                                           "\", the rules give \"state: " + computed + "\"");
}

base::Result<BlockInput> block_input(std::vector<std::string> leaves, std::string_view block_record) {
  ASSIGN_OR_RETURN(const record::Record block, record::Record::parse(block_record));
  if (block.kind() != record::Kind::kBlock) return base::fail(kWrongBlockRecord, "not a block record");
  ASSIGN_OR_RETURN(const std::uint64_t height, codec::parse_decimal(block.value("height")));
  ASSIGN_OR_RETURN(const base::EpochSeconds time, codec::parse_time(block.value("time")));
  return BlockInput{base::Height(height), time, std::move(leaves)};
}

bool asks_for_next_block(const base::Error& refusal) {
  return refusal.kind() == charter::kBlockFull;
}

base::Result<void> replay_block(Registry& registry, std::span<const record::Record> records,
                                const record::Record& block_record, base::LeafIndex first,
                                charter::SignatureChecker& checker, Rehash rehash) {
  const std::uint64_t block_index = first.value() + records.size();
  if (records.size() > base::kBlockRecordsMax) {
    return base::fail(kWrongBlockRecord, leaf_name(block_index) + ": more than 4,096 records");
  }
  ASSIGN_OR_RETURN(const base::EpochSeconds time, codec::parse_time(block_record.value("time")));
  if (time < registry.time()) {
    return base::fail(kWrongBlockRecord, leaf_name(block_index) + ": line 3: time goes back");
  }
  registry.begin_block(time);
  for (std::size_t i = 0; i < records.size(); ++i) {
    look_ahead_by(registry.charter(), records.size() - i, [&](std::size_t n) { return &records[i + n]; });
    if (auto applied = registry.apply(records[i], checker); !applied) {
      return std::unexpected(applied.error().at(leaf_name(first.value() + i)));
    }
  }
  if (rehash == Rehash::kEveryBlock) return compare(block_record.leaf(), registry.end_block(), block_index);
  const std::string_view written = block_record.leaf();
  return compare(written.substr(0, written.rfind("state: ")), registry.end_block_unhashed(), block_index);
}

base::Result<Registry> replay_genesis(const record::Record& genesis, const record::Record& block_record,
                                      charter::SignatureChecker& checker) {
  return replay_founding({&genesis, 1}, block_record, checker);
}

base::Result<Registry> replay_founding(std::span<const record::Record> records,
                                       const record::Record& block_record,
                                       charter::SignatureChecker& checker) {
  if (records.empty()) return base::fail(kWrongBlockRecord, leaf_name(0) + ": a genesis should stand here");
  if (records.size() > 1 && !is_successor(records.front())) {
    return base::fail(kWrongBlockRecord, leaf_name(1) + ": the genesis block holds the genesis record alone");
  }
  std::string computed;
  auto registry = Registry::found(records.front(), checker, computed, records.subspan(1));
  if (!registry) return std::unexpected(registry.error().at(leaf_name(0)));
  TRY(compare(block_record.leaf(), computed, records.size()));
  return registry;
}

}  // namespace registry
