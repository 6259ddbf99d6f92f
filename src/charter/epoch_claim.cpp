#include "charter/epoch_claim.h"

#include "base/check.h"
#include "crypto/hash.h"

namespace charter {

record::EpochClaim epoch_claim(const State& state) {
  const resource::Object* const charter = state.find({resource::ObjectClass::kCharter, "registry"});
  CHECK(charter != nullptr);
  return {state.epoch(), crypto::sha256(base::as_bytes(charter->text()))};
}

}  // namespace charter
