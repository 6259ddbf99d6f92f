#include "charter/tally.h"

#include <algorithm>

namespace charter {
namespace {

bool votes(const Transaction& tx, const Plan& plan, std::string_view member,
           const std::vector<std::string>* electors) {
  return tx.is_member(member) && !contains_sorted(plan.non_voters, member) &&
         (electors == nullptr || contains_sorted(*electors, member));
}

Standing judge(const Count& count, std::uint64_t needed) {
  if (count.yes >= needed) return Standing::kReached;
  return count.eligible - count.not_yes < needed ? Standing::kImpossible : Standing::kOpen;
}

bool is_objected_by_dependant(const Plan& plan, const ProgressEntry& progress) {
  return std::any_of(plan.dependants.begin(), plan.dependants.end(),
                     [&](const std::string& one) { return contains_sorted(progress.objections, one); });
}

}  // namespace

Count count_votes(const Transaction& tx, const Plan& plan, const Ballots& ballots,
                  const std::vector<std::string>* electors) {
  Count count;
  for (const std::string& member : tx.members()) count.eligible += votes(tx, plan, member, electors) ? 1 : 0;
  for (const Ballot& ballot : ballots) {
    if (!votes(tx, plan, ballot.member, electors)) continue;
    ++(ballot.vote == Vote::kYes ? count.yes : count.not_yes);
  }
  return count;
}

Standing standing_of(const Transaction& tx, const Plan& plan, const ProposalEntry& proposal,
                     const ProgressEntry& progress) {
  const bool by_votes = goes_by_votes(plan, progress);
  const bool objected = by_votes && is_objected_by_dependant(plan, progress);
  const Standing now = judge(count_votes(tx, plan, progress.ballots, nullptr),
                             required_votes(plan, tx, tx.n(), by_votes, objected));
  if (proposal.electors == tx.members()) return now;
  const Standing then = judge(count_votes(tx, plan, progress.ballots, &proposal.electors),
                              required_votes(plan, tx, proposal.electors.size(), by_votes, objected));
  if (now == Standing::kImpossible || then == Standing::kImpossible) return Standing::kImpossible;
  return now == Standing::kReached && then == Standing::kReached ? Standing::kReached : Standing::kOpen;
}

Standing fresh_standing_of(const Transaction& tx, const Plan& plan, const ProgressEntry& progress) {
  if (!progress.extended_by_members) return Standing::kReached;
  return judge(count_votes(tx, plan, progress.fresh, nullptr), fresh_quorum_of(tx.n()));
}

bool goes_by_votes(const Plan& plan, const ProgressEntry& progress) {
  if (!plan.has_dependants()) return false;
  return plan.unclaimed_dependants ||
         !std::all_of(plan.dependants.begin(), plan.dependants.end(),
                      [&](const std::string& one) { return contains_sorted(progress.acceptances, one); });
}

bool are_consents_complete(const Transaction& tx, const Plan& plan, const record::Record& proposal,
                           const ProgressEntry& progress) {
  for (const Consent& consent : plan.consents) {
    if (!contains_sorted(progress.acceptances, consent.party)) return false;
  }
  if (!plan.second_voucher) return true;
  const std::string_view subject = proposal.value("subject");
  return std::any_of(progress.acceptances.begin(), progress.acceptances.end(), [&](const std::string& party) {
    return party != subject && party != proposal.by() && tx.is_member(party);
  });
}

bool has_quorum(const Transaction& tx, const ProposalEntry& proposal, const ProgressEntry& progress) {
  const auto plan = make_plan(tx, *proposal.record);
  return plan && standing_of(tx, *plan, proposal, progress) == Standing::kReached &&
         are_consents_complete(tx, *plan, *proposal.record, progress);
}

}  // namespace charter
