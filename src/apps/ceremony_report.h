// What people are told about ceremonies and group keys: which phase, who is silent, until when; who holds shares; and
// when a key is due for new shares, or for a successor, because members have left who hold shares that work. Old
// sharings of a key work for ever, whatever came after them, so they are looked for on the log.
// Format: docs/formats/ceremonies.md, "When a roll is due"
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/console.h"
#include "base/result.h"
#include "charter/state.h"
#include "crypto/ed25519.h"
#include "record/record.h"
#include "storage/log_folder.h"

namespace apps {

/// One set of shares of a key, in use or replaced.
struct Sharing {
  record::RecordId ceremony;
  crypto::PublicKey key;
  std::size_t threshold = 0;
  std::vector<std::string> holders;  ///< sorted
};

/// All that were ever completed, in the order of the log.
/// Errors: those of reading the log.   Cost: one pass over the leaves.
base::Result<std::vector<Sharing>> sharings_on(const storage::LogFolder& log);

nlohmann::ordered_json ceremony_json(const charter::State& state, const std::vector<Sharing>& sharings);
void print_ceremonies(const nlohmann::ordered_json& json, Console& console);

}  // namespace apps
