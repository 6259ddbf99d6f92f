#include "replica/operator_key.h"

namespace replica {

std::optional<crypto::PublicKey> operator_key_of(const charter::State& state, std::string_view member) {
  for (const charter::CosignerKey& one : state.cosigners()) {
    if (one.member == member) return one.operator_key;
  }
  return std::nullopt;
}

}  // namespace replica
