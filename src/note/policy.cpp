#include "note/policy.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"

namespace note {
namespace {

using Times = std::vector<std::optional<base::EpochSeconds>>;

// The k-th largest of the given times; nullopt if fewer than k are there.
std::optional<base::EpochSeconds> kth_largest(const Times& times, std::size_t k) {
  std::vector<base::EpochSeconds> known;
  for (const auto& time : times) {
    if (time) known.push_back(*time);
  }
  if (known.size() < k) return std::nullopt;
  std::ranges::sort(known, std::greater{});
  return known[k - 1];
}

base::Result<void> check_log_signature(const Policy& policy, const SignedCheckpoint& signed_checkpoint) {
  bool is_signed = false;
  for (const PolicyLog& log : policy.logs) {
    if (log.key.name != signed_checkpoint.checkpoint.origin) continue;
    auto verified = verify_note(signed_checkpoint.note, log.key);
    if (!verified && verified.error().kind() == kNoSignature) continue;
    TRY(std::move(verified));
    is_signed = true;
  }
  if (!is_signed) return base::fail(kNoLogSignature, signed_checkpoint.checkpoint.origin);
  return {};
}

base::Result<std::vector<Cosigner>> find_cosigners(const Policy& policy, const NoteView& note) {
  std::vector<Cosigner> cosigners;
  for (const PolicyWitness& witness : policy.witnesses) {
    const AnySignatureLine* const line = find_signature(note, witness.key);
    if (line == nullptr) continue;
    ASSIGN_OR_RETURN(const base::EpochSeconds time, verify_cosignature(note.text, *line, witness.key));
    cosigners.push_back({witness.name, time});
  }
  return cosigners;
}

// When the quorum held, group by group in the order in which they are defined (a group names only earlier
// ones).
std::optional<base::EpochSeconds> quorum_time(const Policy& policy, const std::vector<Cosigner>& cosigners) {
  std::map<std::string_view, base::EpochSeconds> times;
  for (const Cosigner& cosigner : cosigners) times.emplace(cosigner.name, cosigner.time);
  for (const PolicyGroup& group : policy.groups) {
    Times of_members;
    for (const std::string& member : group.members) {
      const auto found = times.find(member);
      if (found != times.end()) of_members.emplace_back(found->second);
    }
    if (const auto time = kth_largest(of_members, group.threshold)) times.emplace(group.name, *time);
  }
  const auto found = times.find(policy.quorum);
  return found == times.end() ? std::nullopt : std::optional(found->second);
}

std::string describe_cosigners(const Policy& policy, const std::vector<Cosigner>& cosigners) {
  std::string present;
  std::string missing;
  for (const PolicyWitness& witness : policy.witnesses) {
    const bool is_there = std::ranges::find(cosigners, witness.name, &Cosigner::name) != cosigners.end();
    (is_there ? present : missing).append(" ").append(witness.name);
  }
  if (present.empty()) present = " nobody";
  return "quorum " + policy.quorum + ": cosigned by" + present + "; missing" + missing;
}

void append_line(std::string& text, std::initializer_list<std::string_view> words) {
  const char* gap = "";
  for (const std::string_view word : words) {
    if (word.empty()) continue;  // an absent URL
    text.append(gap).append(word);
    gap = " ";
  }
  text += '\n';
}

}  // namespace

std::string serialize_policy(const Policy& policy) {
  std::string text;
  if (policy.header) {
    append_line(text, {"# comity/1 policy", policy.header->origin});
    append_line(text, {"# epoch:", std::to_string(policy.header->epoch.value())});
    append_line(text, {"# genesis:", codec::serialize_base64(policy.header->genesis.view())});
  }
  for (const PolicyLog& log : policy.logs)
    append_line(text, {"log", serialize_verifier_key(log.key), log.url});
  for (const PolicyWitness& witness : policy.witnesses) {
    append_line(text, {"witness", witness.name, serialize_verifier_key(witness.key), witness.url});
  }
  for (const PolicyGroup& group : policy.groups) {
    text.append("group ").append(group.name).append(" ").append(std::to_string(group.threshold));
    for (const std::string& member : group.members) text.append(" ").append(member);
    text += '\n';
  }
  append_line(text, {"quorum", policy.quorum});
  return text;
}

std::string cosigner_name(std::string_view origin, std::string_view handle) {
  return std::string(origin).append("/").append(handle);
}

Policy make_policy(base::Epoch epoch, const base::Hash& genesis, const VerifierKey& log,
                   std::vector<PolicyMember> members, std::size_t threshold) {
  CHECK(log.type == KeyType::kEd25519);
  CHECK(threshold >= 1 && threshold <= members.size() && members.size() <= base::kMembersMax);
  std::ranges::sort(members, {}, &PolicyMember::handle);
  CHECK(std::ranges::adjacent_find(members, {}, &PolicyMember::handle) == members.end());
  Policy policy;
  policy.header = PolicyHeader{log.name, epoch, genesis};
  policy.logs.push_back({log, ""});
  PolicyGroup group{"members", threshold, {}};
  for (const PolicyMember& member : members) {
    const VerifierKey key{cosigner_name(log.name, member.handle), KeyType::kCosignature, member.operator_key};
    policy.witnesses.push_back({member.handle, key, ""});
    group.members.push_back(member.handle);
  }
  policy.groups.push_back(std::move(group));
  policy.quorum = "members";
  return policy;
}

base::Result<CheckedCheckpoint> check_checkpoint(const Policy& policy, std::string_view text) {
  ASSIGN_OR_RETURN(SignedCheckpoint given, parse_signed_checkpoint(text));
  TRY(check_log_signature(policy, given));
  ASSIGN_OR_RETURN(std::vector<Cosigner> cosigners, find_cosigners(policy, given.note));
  const auto as_of = quorum_time(policy, cosigners);
  if (!as_of && policy.quorum != "none") return base::fail(kNoQuorum, describe_cosigners(policy, cosigners));
  return CheckedCheckpoint{std::move(given.checkpoint), std::move(cosigners), as_of};
}

}  // namespace note
