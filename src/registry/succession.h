// The two ends of a succession: the state of a registry as carry records, and carry records as the state that a
// genesis names. Whoever holds the successor's log alone checks here that everything of the predecessor came along:
// the carried texts give its roots, text by text. Who may found a successor is the charter's question.
// Format: docs/formats/records.md "Carry records", docs/formats/rules.md "Succession"
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "charter/state.h"
#include "merkle/state_trie.h"
#include "record/carry.h"
#include "record/record.h"

namespace registry {

/// Does a log that begins with this genesis go on with carry records?
bool is_successor(const record::Record& genesis);

/// The leaves that follow the genesis of a successor of this state: the same for everybody who holds it.
/// Errors: record::kBadCarry.   Cost: holds every text twice.
base::Result<std::vector<std::string>> carry_state(const charter::State& state, std::string_view origin);

/// The value of a genesis's `roots`, and back.
std::string roots_text(const merkle::StateRoots& roots);
merkle::StateRoots read_roots(std::string_view text);

/// The texts in `carried`, if they are as many records as the genesis says and give the roots that it names.
/// Errors: record::kBadCarry, kWrongCarry (detail: which root).   Cost: three hashes a text.
base::Result<record::CarriedTexts> check_carried(const record::Record& genesis,
                                                 std::span<const record::Record> carried);

inline constexpr base::ErrorKind kWrongCarry{"wrong-carry", base::Category::kDenied,
                                             "docs/formats/records.md#carry-records"};

}  // namespace registry
