// Feeding a log back into the state machine: the one code path of start-up, of followers and of audits.
// Format: docs/formats/records.md "Block records"
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "charter/signature_checker.h"
#include "record/record.h"
#include "registry/ordering.h"
#include "registry/registry.h"

namespace registry {

enum class Rehash : std::uint8_t {
  kEveryBlock,  ///< compare the state root of every block record
  kLater,       ///< compare all but the state line; the caller compares the root of the last block
};

/// Applies one block: `records` in log order, then compares the block record computed here with
/// `block_record`. `first` is the log position of the first record, for messages. Errors: the rules' refusal
/// of a record that stands on the log (detail begins with its index), kWrongBlockRecord. The
///         registry is not usable after an error.
base::Result<void> replay_block(Registry& registry, std::span<const record::Record> records,
                                const record::Record& block_record, base::LeafIndex first,
                                charter::SignatureChecker& checker, Rehash rehash);

/// The genesis leaf and the block record after it.
base::Result<Registry> replay_genesis(const record::Record& genesis, const record::Record& block_record,
                                      charter::SignatureChecker& checker);

/// The genesis block of any log: the genesis, and the carry records of a successor.
/// Errors: kWrongBlockRecord, those of Registry::found.
base::Result<Registry> replay_founding(std::span<const record::Record> records,
                                       const record::Record& block_record,
                                       charter::SignatureChecker& checker);

/// After blocks replayed with Rehash::kLater: rehashes, and compares with the `state` line of the last block
/// record.
base::Result<void> check_last_state(Registry& registry, const record::Record& block_record,
                                    base::LeafIndex index);

/// The block that a sequencer executed, from its leaves and its block record: what a follower executes for
/// itself. Errors: kWrongBlockRecord, those of the record parser.
base::Result<BlockInput> block_input(std::vector<std::string> leaves, std::string_view block_record);

/// Before `coming`'s first record is applied: has the memory fetched that the next ones will need. Null ones are passed
/// over. Changes nothing.
void look_ahead(const charter::State& state, std::span<const record::Record* const> coming);

/// Cheap and exact: is this leaf a block record?
bool is_block_record(std::string_view leaf);

inline constexpr base::ErrorKind kWrongBlockRecord{"wrong-block-record", base::Category::kCorrupt,
                                                   "docs/formats/records.md"};

}  // namespace registry
