// One real proposal for every oracle::Kind, in the standard world: the drafts that make it, who else must
// consent, and how to see afterwards whether it took effect.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "charter/oracle.h"
#include "support/actors.h"

namespace oracle {

struct Case {
  Motion motion;
  std::vector<actors::Draft> setup;  ///< played before, must all be accepted
  actors::Draft proposal;
  std::vector<actors::Draft> consents;  ///< all together they are Course::consent
  std::string holder;                   ///< may extend a V; empty otherwise
  std::string canceller;                ///< may cancel an H1 or H2
  /// `object` contains `line` exactly if the proposal took effect; empty if nothing of an object shows it.
  std::string object;
  std::string line;
};

std::vector<Kind> all_kinds();
/// `cast` knows the standard world's parties; its `now` and `epoch` are those of the proposal. Adds the
/// parties that the proposal creates.
Case make_case(Kind kind, bool founding, actors::Cast& cast);

}  // namespace oracle
