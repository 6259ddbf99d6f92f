#include "apps/member_standing.h"

#include <algorithm>
#include <utility>

namespace apps {

using base::Result;

MemberStanding standing_by_memory(std::string member, const Result<storage::Cosigned>& memory,
                                  const note::Checkpoint& counted) {
  MemberStanding standing{std::move(member), std::nullopt, {}};
  if (!memory) {
    standing.state = memory.error().message();
    return standing;
  }
  standing.cosigned_size = memory->size.value();
  if (memory->size == counted.size && memory->root == counted.root) {
    standing.state = "in step";
  } else if (memory->size > counted.size) {
    standing.state = "cosigned " + std::to_string(memory->size.value()) + " leaves, which do not count yet";
  } else {
    standing.state = "behind";
  }
  return standing;
}

MemberStanding standing_by_line(std::string member, const Result<note::CheckedCheckpoint>& checked,
                                const note::Checkpoint& counted) {
  MemberStanding standing{std::move(member), std::nullopt, "not on this checkpoint"};
  const auto is_his = [&](const note::Cosigner& one) { return one.name == standing.member; };
  if (checked && std::ranges::any_of(checked->cosigners, is_his)) {
    standing.cosigned_size = counted.size.value();
    standing.state = "in step";
  }
  return standing;
}

}  // namespace apps
