// A plan in the making: what a proposal's paragraphs add to it one after the other. The files that know the
// classes (holder_changes, member_changes, involuntary_changes) write into it, plan.cpp puts it together.
#pragma once

#include <string_view>

#include "charter/change_lines.h"
#include "charter/plan.h"

namespace charter {

// The planner's files speak of nothing else.
using resource::Action;
using resource::Change;
using resource::LineChange;
using resource::Object;
using resource::ObjectClass;
using resource::Operation;
using resource::Role;

struct PlanDraft {
  PlanDraft(const Transaction& transaction, const record::Record& proposal)
      : tx(transaction), record(proposal), by(proposal.by()), subject(proposal.value("subject")) {}

  const Transaction& tx;
  const record::Record& record;
  const std::string_view by;
  const std::string_view subject;  ///< empty if none
  Plan plan;

  /// The batch is of this class too, and `by` signs with this scope.
  void add(RuleClass one, resource::Role role);
  void lock_at_least(std::string_view name);
  /// A freeze of this organisation stops the proposal.
  void touch(std::string_view party);
  /// This party accepts: with all of `keys`, or, if there are none, as it stands.
  void consent(std::string_view party, KeyList keys);
  /// A domain with registry-lock asks for its lock key and for time. `domain`: null if none.
  void guard_by_lock(const resource::Object* domain);
};

}  // namespace charter
