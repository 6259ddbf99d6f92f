#include "charter/oracle.h"

#include <algorithm>

namespace oracle {
namespace {

unsigned count(const std::vector<std::optional<Vote>>& votes, bool yes) {
  return static_cast<unsigned>(std::ranges::count_if(
      votes, [yes](const std::optional<Vote>& vote) { return vote && (*vote == Vote::kYes) == yes; }));
}

/// Removal or leave without a join in the same batch: CHARTER.md, "Removal never leaves fewer than 4".
bool leaves_too_few(unsigned n) {
  return n > 3 && n - 1 < 4;
}

/// min(S, n-1): removals and recoveries.
unsigned without_target(const Numbers& numbers) {
  return std::min(numbers.supermajority(), numbers.n - 1);
}

}  // namespace

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::kH1:
      return "H1 routine";
    case Kind::kH1Locked:
      return "H1 under registry-lock";
    case Kind::kH1Unlock:
      return "H1 unlock";
    case Kind::kH1Dependants:
      return "H1 with dependants";
    case Kind::kH2Transfer:
      return "H2 transfer";
    case Kind::kH2OwnKey:
      return "H2 own key";
    case Kind::kADomain:
      return "A domain";
    case Kind::kAOrganisation:
      return "A organisation";
    case Kind::kK:
      return "K";
    case Kind::kU:
      return "U";
    case Kind::kVChange:
      return "V change";
    case Kind::kVDelete:
      return "V delete";
    case Kind::kMJoin:
      return "M join";
    case Kind::kMLeave:
      return "M leave";
    case Kind::kMRemove:
      return "M remove";
    case Kind::kMGovernance:
      return "M governance";
    case Kind::kCTighten:
      return "C tighten";
    case Kind::kCLoosen:
      return "C loosen";
    case Kind::kRMember:
      return "R member";
    case Kind::kRHolder:
      return "R holder";
    case Kind::kGGenerate:
      return "G generate";
    case Kind::kEOrganisation:
      return "E organisation";
    case Kind::kEMember:
      return "E member";
    case Kind::kCloseFounding:
      return "close founding";
  }
  return "?";
}

std::string_view status_text(Status status) {
  switch (status) {
    case Status::kRefused:
      return "refused";
    case Status::kOpen:
      return "open";
    case Status::kLocked:
      return "locked";
    case Status::kExecuted:
      return "executed";
    case Status::kRejected:
      return "rejected";
    case Status::kExpired:
      return "expired";
    case Status::kCancelled:
      return "cancelled";
    case Status::kWithdrawn:
      return "withdrawn";
  }
  return "?";
}

unsigned Numbers::lift() const {
  return std::max(2u, std::min(majority(), n - few()));
}

Terms terms_of(const Motion& motion) {
  const Numbers numbers{motion.members};
  const unsigned maj = numbers.majority();
  const unsigned super = numbers.supermajority();
  const unsigned few = numbers.few();
  switch (motion.kind) {
    case Kind::kH1:
      return {};
    case Kind::kH1Locked:
      return {.lock = kDay};
    case Kind::kH1Unlock:
      return {.lock = 3 * kDay};
    case Kind::kH1Dependants:
      return {.quorum = few, .lock = 3 * kDay};
    case Kind::kH2Transfer:
      return {.quorum = maj, .lock = 3 * kDay, .consent = true};
    case Kind::kH2OwnKey:
      return {.lock = 3 * kDay};
    case Kind::kADomain:
    case Kind::kAOrganisation:
      return {.quorum = maj, .lock = motion.founding ? 0 : kDay, .consent = true};
    case Kind::kK:
      return {.quorum = maj, .lock = motion.founding ? 0 : 14 * kDay};
    case Kind::kU:
      return {.quorum = maj};
    case Kind::kVChange:
    case Kind::kVDelete:
      return {.quorum = super, .lock = 30 * kDay, .holder_may_extend = true};
    case Kind::kMJoin:
      return {.quorum = super, .lock = 14 * kDay, .consent = true};
    case Kind::kMLeave:
      return {.refused = leaves_too_few(motion.members), .quorum = super, .lock = 14 * kDay};
    case Kind::kMRemove:
      return {.refused = leaves_too_few(motion.members),
              .quorum = without_target(numbers),
              .lock = 14 * kDay,
              .target_votes = false};
    case Kind::kMGovernance:
    case Kind::kCTighten:
      return {.quorum = super, .lock = 14 * kDay};
    case Kind::kCLoosen:
      return {.quorum = super, .lock = 60 * kDay};
    case Kind::kRMember:
      return {.quorum = without_target(numbers), .lock = 14 * kDay, .consent = true, .target_votes = false};
    case Kind::kRHolder:
      return {.quorum = without_target(numbers), .lock = 30 * kDay, .consent = true};
    case Kind::kGGenerate:
      return {.quorum = super, .lock = motion.founding ? 0 : 14 * kDay};
    case Kind::kEOrganisation:
    case Kind::kEMember:
      return {.quorum = few};
    case Kind::kCloseFounding:
      return {.refused = !motion.founding, .quorum = maj};
  }
  return {.refused = true};
}

Course::Course(const Motion& motion, Time opened, Time expires)
    : motion_(motion),
      terms_(terms_of(motion)),
      since_(opened),
      expires_(expires),
      consented_(!terms_.consent),
      votes_(motion.members),
      fresh_(motion.members) {
  if (terms_.refused) {
    status_ = Status::kRefused;
  } else {
    settle_open(opened);
  }
}

void Course::become(Status status, Time now) {
  status_ = status;
  since_ = now;
}

bool Course::may_vote(unsigned member) const {
  return member < motion_.members && (terms_.target_votes || member != motion_.target);
}

/// After anything that may have completed, or spoiled, an open proposal.
void Course::settle_open(Time now) {
  const unsigned electorate = motion_.members - (terms_.target_votes ? 0 : 1);
  if (electorate - count(votes_, false) < terms_.quorum) return become(Status::kRejected, now);
  if (!consented_ || count(votes_, true) < terms_.quorum) return;
  if (terms_.lock == 0) return become(Status::kExecuted, now);
  become(Status::kLocked, now);
  locked_until_ = now + terms_.lock;
}

void Course::settle_fresh(Time now) {
  const unsigned electorate = motion_.members - (terms_.target_votes ? 0 : 1);
  const unsigned asked = Numbers{motion_.members}.fresh();
  if (electorate < asked + count(fresh_, false)) become(Status::kRejected, now);
}

bool Course::vote(unsigned member, Vote vote, Time now) {
  pass(now);
  if (!may_vote(member)) return false;
  if (status_ == Status::kOpen) {
    votes_[member] = vote;
    settle_open(now);
    return true;
  }
  if (status_ == Status::kLocked && extended_by_objection_) {
    fresh_[member] = vote;
    settle_fresh(now);
    return true;
  }
  return false;
}

bool Course::consent(Time now) {
  pass(now);
  if (status_ != Status::kOpen || consented_) return false;
  consented_ = true;
  settle_open(now);
  return true;
}

bool Course::object(unsigned member, Time now) {
  pass(now);
  if (status_ != Status::kLocked || member >= motion_.members) return false;
  if (extended_by_objection_) return true;  // said, and without effect
  objectors_.insert(member);
  if (objectors_.size() < Numbers{motion_.members}.few()) return true;
  extended_by_objection_ = true;
  locked_until_ += 14 * kDay;
  settle_fresh(now);
  return true;
}

bool Course::holder_objects(Time now) {
  pass(now);
  if (status_ != Status::kLocked || !terms_.holder_may_extend) return false;
  if (extended_by_holder_) return true;  // said, and without effect
  extended_by_holder_ = true;
  locked_until_ += 30 * kDay;
  return true;
}

bool Course::withdraw(Time now) {
  pass(now);
  if (status_ != Status::kOpen) return false;
  become(Status::kWithdrawn, now);
  return true;
}

bool Course::cancel(Time now) {
  pass(now);
  const bool own = motion_.kind == Kind::kH1Locked || motion_.kind == Kind::kH1Unlock ||
                   motion_.kind == Kind::kH1Dependants || motion_.kind == Kind::kH2Transfer ||
                   motion_.kind == Kind::kH2OwnKey;
  if (status_ != Status::kLocked || !own) return false;
  become(Status::kCancelled, now);
  return true;
}

void Course::pass(Time now) {
  if (status_ == Status::kOpen && now >= expires_) return become(Status::kExpired, expires_);
  if (status_ != Status::kLocked || now < locked_until_) return;
  const bool confirmed = !extended_by_objection_ || count(fresh_, true) >= Numbers{motion_.members}.fresh();
  become(confirmed ? Status::kExecuted : Status::kRejected, locked_until_);
}

}  // namespace oracle
