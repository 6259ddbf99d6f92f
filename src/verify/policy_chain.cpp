#include "verify/policy_chain.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "resource/values.h"
#include "verify/line_reader.h"
#include "verify/receipt.h"

namespace verify {
namespace {

constexpr std::string_view kHead = "comity/1 policy-step ";
constexpr std::string_view kEntryName = "policy:current";

base::Result<note::PolicyMember> take_cosigner(LineReader& lines) {
  ASSIGN_OR_RETURN(const std::string_view value, lines.take_value("cosigner"));
  const auto space = value.find(' ');
  if (space == std::string_view::npos) return lines.refuse("a member and a key expected");
  const std::string_view handle = value.substr(0, space);
  if (!note::check_key_name(handle)) return lines.refuse("not a handle");
  crypto::PublicKey key;
  if (!resource::read_key(value.substr(space + 1), key)) return lines.refuse("not a key");
  return note::PolicyMember{std::string(handle), key};
}

base::Result<void> check_place(const PolicyStep& step, const note::Policy& old) {
  if (!old.header) return base::fail(kWrongStep, "the old policy has no header, so it has no epoch");
  if (step.origin != old.header->origin)
    return base::fail(kWrongStep, "the old policy is for " + old.header->origin);
  if (step.from != old.header->epoch) {
    return base::fail(kWrongStep, "leads from epoch " + std::to_string(step.from.value()) + ", not from " +
                                      std::to_string(old.header->epoch.value()));
  }
  if (step.to <= step.from) return base::fail(kWrongStep, "does not lead forward");
  return {};
}

// The only policy that the entry allows: origin, genesis and log key are those of the old one.
base::Result<note::Policy> policy_of(const PolicyEntry& entry, const PolicyStep& step,
                                     const note::Policy& old) {
  if (entry.number != step.to) {
    return base::fail(kWrongStep, "the state's policy is of epoch " + std::to_string(entry.number.value()));
  }
  note::Policy policy = note::make_policy(entry.number, old.header->genesis, old.logs.front().key,
                                          entry.members, cosigner_quorum(entry.members.size()));
  if (note::serialize_policy(policy) != step.policy) {
    return base::fail(kWrongStep, "the new policy is not the one that the state names");
  }
  return note::parse_policy(step.policy);  // also asks for prime-order keys, each once
}

}  // namespace

std::size_t cosigner_quorum(std::size_t members) {
  return members - (members - 1) / 3;
}

base::Result<PolicyStep> parse_policy_step(std::string_view text) {
  LineReader lines(text, kBadPolicyStep);
  if (text.size() > base::kReceiptBytesMax)
    return lines.refuse(std::to_string(text.size()) + " bytes are too many");
  PolicyStep step;
  ASSIGN_OR_RETURN(const std::string_view head, lines.take_line());
  if (!head.starts_with(kHead)) return lines.refuse("'comity/1 policy-step' and an origin expected");
  step.origin = head.substr(kHead.size());
  ASSIGN_OR_RETURN(const std::uint64_t from, lines.take_number("from"));
  ASSIGN_OR_RETURN(const std::uint64_t to, lines.take_number("to"));
  step.from = base::Epoch(from);
  step.to = base::Epoch(to);
  TRY(lines.take_empty_line());
  ASSIGN_OR_RETURN(step.policy, lines.take_paragraph());
  ASSIGN_OR_RETURN(step.entry, lines.take_paragraph());
  ASSIGN_OR_RETURN(step.state_proof, take_state_proof(lines));
  TRY(lines.take_empty_line());
  ASSIGN_OR_RETURN(step.block_record, lines.take_paragraph());
  auto proof = note::parse_tlog_proof(lines.rest());
  if (!proof) return base::fail(kBadPolicyStep, proof.error().at("in the tlog-proof").message());
  if (proof->extra) return base::fail(kBadPolicyStep, "the tlog-proof has extra data");
  step.log_proof = std::move(*proof);
  return step;
}

std::string serialize_policy_step(const PolicyStep& step) {
  std::string text = std::string(kHead) + step.origin + "\n";
  text.append("from: ").append(std::to_string(step.from.value())).append("\n");
  text.append("to: ").append(std::to_string(step.to.value())).append("\n\n");
  text.append(step.policy).append("\n").append(step.entry).append("\n");
  append_state_proof(text, step.state_proof);
  text.append("\n").append(step.block_record).append("\n").append(note::serialize_tlog_proof(step.log_proof));
  return text;
}

base::Result<PolicyEntry> parse_policy_entry(std::string_view text) {
  LineReader lines(text, kBadPolicyStep);
  PolicyEntry entry;
  ASSIGN_OR_RETURN(const std::string_view name, lines.take_line());
  if (name != "policy: current") return lines.refuse("'policy: current' expected");
  ASSIGN_OR_RETURN(const std::uint64_t number, lines.take_number("number"));
  ASSIGN_OR_RETURN(const std::uint64_t height, lines.take_number("height"));
  entry.number = base::Epoch(number);
  entry.height = base::Height(height);
  while (!lines.rest().empty()) {
    ASSIGN_OR_RETURN(note::PolicyMember member, take_cosigner(lines));
    if (entry.members.size() == base::kMembersMax) return lines.refuse("too many cosigners");
    if (!entry.members.empty() && entry.members.back().handle >= member.handle) {
      return lines.refuse("cosigners are not sorted, or one stands twice");
    }
    entry.members.push_back(std::move(member));
  }
  if (entry.members.empty()) return lines.refuse("no cosigner");
  return entry;
}

base::Result<note::Policy> verify_policy_step(std::string_view text, const note::Policy& old) {
  ASSIGN_OR_RETURN(const PolicyStep step, parse_policy_step(text));
  TRY(check_place(step, old));
  ASSIGN_OR_RETURN(const note::CheckedCheckpoint checkpoint,
                   verify_leaf(step.origin, step.block_record, step.log_proof, old));
  ASSIGN_OR_RETURN(const BlockEnd block, verify_block_end(step.origin, step.block_record,
                                                          step.log_proof.index, checkpoint.checkpoint));
  TRY(verify_state_proof(Trie::kRules, kEntryName, step.entry, step.state_proof, block.state));
  ASSIGN_OR_RETURN(const PolicyEntry entry, parse_policy_entry(step.entry));
  ASSIGN_OR_RETURN(note::Policy policy, policy_of(entry, step, old));
  if (auto counts = note::check_checkpoint(policy, step.log_proof.checkpoint); !counts) {
    return std::unexpected(counts.error().at("by the new policy"));
  }
  return policy;
}

}  // namespace verify
