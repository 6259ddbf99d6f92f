// The key by which a member's machine speaks to the others now: of round messages, statements about shares, steps of
// ceremonies.
#pragma once

#include <optional>
#include <string_view>

#include "charter/state.h"
#include "crypto/ed25519.h"

namespace replica {

/// The operator key that is in force for a member.
std::optional<crypto::PublicKey> operator_key_of(const charter::State& state, std::string_view member);

}  // namespace replica
