#include "verify/walk.h"

#include <algorithm>
#include <utility>

#include "verify/policy_chain.h"
#include "verify/successor_step.h"

namespace verify {
namespace {

base::Result<base::Epoch> end_of(std::string_view text) {
  if (is_successor_step(text)) {
    ASSIGN_OR_RETURN(const SuccessorStep step, parse_successor_step(text));
    return step.to;
  }
  ASSIGN_OR_RETURN(const PolicyStep step, parse_policy_step(text));
  return step.to;
}

const EndedLog* find_ended(const Walk& walk, std::string_view origin) {
  const auto found =
      std::ranges::find_if(walk.ended, [&](const EndedLog& log) { return log.end.origin == origin; });
  return found == walk.ended.end() ? nullptr : &*found;
}

}  // namespace

base::Result<void> take_step(Walk& walk, std::string_view step) {
  if (!is_successor_step(step)) {
    ASSIGN_OR_RETURN(walk.present, verify_policy_step(step, walk.present));
    return {};
  }
  auto succession = verify_successor_step(step, walk.present);
  if (!succession) return std::unexpected(succession.error());
  // Nobody's origin returns: a receipt would be of two logs.
  const std::string& origin = succession->policy.logs.front().key.name;
  if (find_ended(walk, origin) != nullptr) return base::fail(kNoSuccessor, origin + " has ended before");
  walk.ended.push_back({std::move(walk.present), std::move(succession->end)});
  walk.present = std::move(succession->policy);
  return {};
}

base::Result<Walk> walk_steps(note::Policy start, std::span<const std::string> steps) {
  Walk walk{std::move(start), {}};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string where = "step " + std::to_string(i + 1);
    const auto to = end_of(steps[i]);
    if (!to) return std::unexpected(to.error().at(where));
    if (walk.present.header && *to <= walk.present.header->epoch) continue;
    if (const auto taken = take_step(walk, steps[i]); !taken) return std::unexpected(taken.error().at(where));
  }
  return walk;
}

const note::Policy& policy_for(const Walk& walk, std::string_view origin) {
  const EndedLog* ended = find_ended(walk, origin);
  return ended == nullptr ? walk.present : ended->policy;
}

base::Result<Verdict> verify_receipt(std::string_view text, const Walk& walk, const Freshness& freshness) {
  ASSIGN_OR_RETURN(const Receipt receipt, parse_receipt(text));
  const EndedLog* ended = find_ended(walk, receipt.origin);
  if (ended == nullptr) return verify_receipt(text, walk.present, freshness);
  ASSIGN_OR_RETURN(Verdict verdict, verify_receipt(text, ended->policy, freshness));
  const note::Checkpoint& own = verdict.checkpoint.checkpoint;
  const note::Checkpoint& end = ended->end;
  const bool is_beyond = own.size > end.size || (own.size == end.size && own.root != end.root);
  if (!is_beyond) return verdict;
  return base::fail(kBeyondTheEnd, "a checkpoint of " + std::to_string(own.size.value()) + " leaves; " +
                                       receipt.origin + " ended at " + std::to_string(end.size.value()) +
                                       ", where its successor goes on");
}

}  // namespace verify
