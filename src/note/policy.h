// Policies: which logs, which cosigners, and how many of them make a checkpoint count. Here is the text of a
// policy and the judgement of one checkpoint by it; the walk from policy to policy is verify/policy_chain.h.
// Format: docs/formats/receipts.md#policy; C2SP tlog-policy
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "note/checkpoint.h"
#include "note/key.h"

namespace note {

/// What our policies say in their first three comment lines.
struct PolicyHeader {
  std::string origin;
  base::Epoch epoch;
  base::Hash genesis;  ///< record id of the genesis record
  friend bool operator==(const PolicyHeader&, const PolicyHeader&) = default;
};
struct PolicyLog {
  VerifierKey key;  ///< type 0x01; its name is the origin
  std::string url;  ///< empty if not given
  friend bool operator==(const PolicyLog&, const PolicyLog&) = default;
};
struct PolicyWitness {
  std::string name;  ///< inside this policy only: MEMBER-...
  VerifierKey key;   ///< type 0x04
  std::string url;
  friend bool operator==(const PolicyWitness&, const PolicyWitness&) = default;
};
struct PolicyGroup {
  std::string name;
  std::size_t threshold = 0;         ///< 1 <= threshold <= members.size()
  std::vector<std::string> members;  ///< witnesses and groups that stand before
  friend bool operator==(const PolicyGroup&, const PolicyGroup&) = default;
};

struct Policy {
  std::optional<PolicyHeader> header;  ///< absent in a policy from elsewhere
  std::vector<PolicyLog> logs;
  std::vector<PolicyWitness> witnesses;
  std::vector<PolicyGroup> groups;
  std::string quorum;  ///< a witness, a group, or "none"
  friend bool operator==(const Policy&, const Policy&) = default;
};

/// At most 64 each of logs, witnesses and groups (twice what the standard recommends).
inline constexpr std::size_t kPolicyItemsMax = 64;

/// Takes all of tlog-policy. Where the first line is our header, the other two must follow, and there is one
/// log, of that origin. Duplicate keys and names are refused, as are keys of other types than 0x01 (logs) and
/// 0x04 (witnesses). Errors: kBadPolicy (detail: line number and reason).
base::Result<Policy> parse_policy(std::string_view text);

/// Header, logs, witnesses, groups, quorum; one space between words; thresholds as numbers. parse_policy
/// gives the same policy back.
std::string serialize_policy(const Policy& policy);

struct PolicyMember {
  std::string handle;  ///< MEMBER-A
  crypto::PublicKey operator_key;
};
/// The registry's own policy: cosigner names are `ORIGIN/HANDLE`, members sorted, `threshold` of them the
/// quorum. Shapes: log.name is the origin; 1 <= threshold <= members.size() <= kMembersMax; handles and keys
/// are unique.
Policy make_policy(base::Epoch epoch, const base::Hash& genesis, const VerifierKey& log,
                   std::vector<PolicyMember> members, std::size_t threshold);

/// The name of a member's cosigning key: "ORIGIN/HANDLE".
std::string cosigner_name(std::string_view origin, std::string_view handle);

struct Cosigner {
  std::string name;  ///< as in the policy
  base::EpochSeconds time;
  friend bool operator==(const Cosigner&, const Cosigner&) = default;
};
/// A checkpoint that counts.
struct CheckedCheckpoint {
  Checkpoint checkpoint;
  std::vector<Cosigner> cosigners;  ///< every valid one of the policy, in the policy's order
  /// The latest time at which the quorum held: for k of n the k-th largest time, group by group. Absent for
  /// "none".
  std::optional<base::EpochSeconds> as_of;
};

/// Judges a checkpoint note by a policy.
/// Errors: those of parse_signed_checkpoint; kNoLogSignature; kBadSignature (a line under a key of the policy
/// does not verify: the whole note is refused); kNoQuorum (detail: which cosignatures are there and which are
/// missing). Cost: about 50 us a known signature line.
base::Result<CheckedCheckpoint> check_checkpoint(const Policy& policy, std::string_view text);

inline constexpr base::ErrorKind kBadPolicy{"bad-policy", base::Category::kInvalid, "C2SP tlog-policy"};
inline constexpr base::ErrorKind kNoLogSignature{"no-log-signature", base::Category::kDenied,
                                                 "docs/formats/receipts.md#policy"};
inline constexpr base::ErrorKind kNoQuorum{"no-quorum", base::Category::kDenied,
                                           "docs/formats/receipts.md#policy"};

}  // namespace note
