// What the charter says, a second time: for one proposal, who may vote, how many yes it needs, when it locks,
// when it executes and who stops it. Written from CHARTER.md and docs/formats/rules.md alone, as arithmetic
// over counts and sets, with no look at src/charter; the tests compare the two. It knows no texts and no
// signatures: a record here is "member 3 votes yes at time t".
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace oracle {

using Time = std::uint64_t;
inline constexpr Time kDay = 86'400;

/// Every way a proposal can go through the charter.
enum class Kind : std::uint8_t {
  kH1,            ///< routine edit
  kH1Locked,      ///< edit under a registry-lock
  kH1Unlock,      ///< the end of a registry-lock
  kH1Dependants,  ///< a host's address under other holders' domains, without their acceptance
  kH2Transfer,
  kH2OwnKey,
  kADomain,
  kAOrganisation,
  kK,
  kU,
  kVChange,
  kVDelete,
  kMJoin,
  kMLeave,
  kMRemove,
  kMGovernance,
  kCTighten,
  kCLoosen,
  kRMember,
  kRHolder,
  kGGenerate,
  kEOrganisation,
  kEMember,
  kCloseFounding,
};
std::string_view kind_text(Kind kind);

/// The numbers of CHARTER.md's first line.
struct Numbers {
  unsigned n;
  unsigned f() const { return (n - 1) / 3; }
  unsigned majority() const { return n / 2 + 1; }
  unsigned supermajority() const { return n - f(); }
  unsigned few() const { return f() + 1 > 2 ? f() + 1 : 2; }  ///< F
  /// Fresh yes votes that F objections ask for: max(Maj, n-F).
  unsigned fresh() const { return majority() > n - few() ? majority() : n - few(); }
  /// Votes that lift a freeze: max(2, min(Maj, n-F)).
  unsigned lift() const;
  unsigned frozen_members_max() const { return f() > 1 ? f() : 1; }
};

struct Motion {
  unsigned members;
  Kind kind;
  bool founding = false;
  std::optional<unsigned> target = {};  ///< the member removed, recovered, leaving or frozen
};

/// What the tables ask of a motion.
struct Terms {
  bool refused = false;  ///< at entry, whatever anybody votes
  unsigned quorum = 0;   ///< yes votes; 0: no vote at all
  Time lock = 0;
  bool consent = false;  ///< of parties other than the proposer
  bool target_votes = true;
  bool holder_may_extend = false;
};
Terms terms_of(const Motion& motion);

enum class Vote : std::uint8_t { kYes, kNo, kAbstain };
enum class Status : std::uint8_t {
  kRefused,
  kOpen,
  kLocked,
  kExecuted,
  kRejected,
  kExpired,
  kCancelled,
  kWithdrawn
};
std::string_view status_text(Status status);

/// One proposal from its entry to its end. Every call answers whether the record is accepted.
/// Order: constructor, then calls with times that never decrease; `pass` moves time without a record.
class Course {
 public:
  Course(const Motion& motion, Time opened, Time expires);

  bool vote(unsigned member, Vote vote, Time now);
  /// All consents asked of other parties arrive (recipient, incoming holder, joiner, voucher and new keys).
  bool consent(Time now);
  bool object(unsigned member, Time now);
  bool holder_objects(Time now);
  /// By someone entitled to it.
  bool withdraw(Time now);
  bool cancel(Time now);
  void pass(Time now);

  Status status() const { return status_; }
  /// When the present status began.
  Time since() const { return since_; }
  /// End of the lock; meaningful while locked.
  Time locked_until() const { return locked_until_; }
  bool extended() const { return extended_by_objection_; }

 private:
  bool may_vote(unsigned member) const;
  void become(Status status, Time now);
  void settle_open(Time now);
  void settle_fresh(Time now);
  Motion motion_;
  Terms terms_;
  Status status_ = Status::kOpen;
  Time since_;
  Time expires_;
  Time locked_until_ = 0;
  bool consented_;
  bool extended_by_objection_ = false;
  bool extended_by_holder_ = false;
  std::vector<std::optional<Vote>> votes_;
  std::vector<std::optional<Vote>> fresh_;
  std::set<unsigned> objectors_;
};

}  // namespace oracle
