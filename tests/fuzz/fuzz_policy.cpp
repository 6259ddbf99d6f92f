// Aim: the parsers of policies and of steps to another policy or a successor never crash; a policy written again is
// the same policy.
// Method: parse any bytes; if accepted, serialize, parse again and compare; steps must give their own bytes
// back, and lead nowhere from a policy of nobody.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "note/policy.h"
#include "verify/policy_chain.h"
#include "verify/successor_step.h"
#include "verify/walk.h"

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
  if (const auto step = verify::parse_successor_step(text)) {
    CHECK(verify::serialize_successor_step(*step) == text);
    verify::Walk walk;
    walk.present.header = {"registry.example/root", step->from, {}};
    CHECK(!verify::take_step(walk, text).has_value());  // nobody signed for this policy
  }
  (void)verify::parse_policy_entry(text).has_value();
  return 0;
}
