// Aim: the receipt verifier never crashes on any bytes, and what its parser accepts is canonical.
// Method: parse any bytes; if accepted, serialize again and demand the same text, and verify under a policy
// that asks for no cosignature, so that the checks behind the quorum are reached too.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "crypto/ed25519.h"
#include "note/policy.h"
#include "verify/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const note::Policy policy = [] {
    const base::Bytes seed(32, 1);  // the log of verify/sample_registry.h, whose receipts are the corpus
    const note::Signer log("registry.example/root", note::KeyType::kEd25519,
                           crypto::SecretKey::from_seed(seed));
    note::Policy made;
    made.logs.push_back({log.verifier_key(), ""});
    made.quorum = "none";
    return made;
  }();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto receipt = verify::parse_receipt(text)) CHECK(verify::serialize_receipt(*receipt) == text);
  const auto verdict = verify::verify_receipt(text, policy, {base::EpochSeconds(1), base::Seconds(1)});
  CHECK(!verdict.has_value());  // without cosignatures there is no time, so no age is young enough
  (void)verify::verify_receipt(text, policy, {}).has_value();
  return 0;
}
