// Aim: the parsers of policies and policy steps never crash; a policy written again is the same policy.
// Method: parse any bytes; if accepted, serialize, parse again and compare; steps must give their own bytes
// back.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "note/policy.h"
#include "verify/policy_chain.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto policy = note::parse_policy(text)) {
    const std::string canonical = note::serialize_policy(*policy);
    const auto again = note::parse_policy(canonical);
    CHECK(again.has_value() && *again == *policy);
    CHECK(note::serialize_policy(*again) == canonical);
    CHECK(!note::check_checkpoint(*policy, text).has_value());  // no policy is a checkpoint
  }
  if (const auto step = verify::parse_policy_step(text)) CHECK(verify::serialize_policy_step(*step) == text);
  (void)verify::parse_policy_entry(text).has_value();
  return 0;
}
