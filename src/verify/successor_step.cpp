#include "verify/successor_step.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "crypto/ed25519.h"
#include "record/record.h"
#include "resource/keys.h"
#include "resource/object.h"
#include "resource/values.h"
#include "verify/line_reader.h"
#include "verify/policy_chain.h"
#include "verify/receipt.h"

namespace verify {
namespace {

using base::Result;
using record::Record;

constexpr std::string_view kHead = "comity/1 successor ";
constexpr std::size_t kMembersMin = 3;

Result<void> check_place(const SuccessorStep& step, const Record& genesis, const note::Policy& old) {
  if (!old.header) return base::fail(kNoSuccessor, "the old policy has no header, so it has no epoch");
  const note::PolicyHeader& header = *old.header;
  const std::string predecessor = header.origin + " " + codec::serialize_base64(header.genesis.view());
  if (genesis.kind() != record::Kind::kGenesis || genesis.value("predecessor") != predecessor)
    return base::fail(kNoSuccessor, "the genesis is not that of a successor of " + predecessor);
  if (step.from != header.epoch || genesis.value("policy") != codec::serialize_decimal(header.epoch.value()))
    return base::fail(kNoSuccessor, "leads from epoch " + std::to_string(step.from.value()) + ", not from " +
                                        std::to_string(header.epoch.value()));
  if (step.to != header.epoch.next()) return base::fail(kNoSuccessor, "does not lead to the next epoch");
  if (genesis.origin() != step.origin || step.origin == header.origin)
    return base::fail(kNoSuccessor, "a successor has an origin of its own");
  if (genesis.value("consent") != "quorum") {
    return base::fail(kNoSuccessor,
                      "it was founded by hand, by fewer members than count: whom to believe is a "
                      "decision of yours; take its policy from a member that you trust");
  }
  return {};
}

std::string roots_text(const merkle::StateRoots& roots) {
  std::string text;
  for (const base::Hash& root : {roots.objects, roots.rules, roots.ranges4, roots.ranges6, roots.asns})
    text.append(text.empty() ? "" : " ").append(codec::serialize_base64(root.view()));
  return text;
}

bool has_signed(const Record& genesis, std::string_view name, const crypto::PublicKey& key) {
  const std::uint32_t id = resource::key_id(name, key);
  return std::ranges::any_of(genesis.signatures(), [&](const record::SignatureLine& line) {
    return line.name == name && line.key_id == id &&
           crypto::verify_signature(key, base::as_bytes(genesis.body()), line.signature);
  });
}

// The member object stands in the old state, and k of its governance keys signed.
Result<std::string> verify_signer(const SignerProof& signer, const Record& genesis, const base::Hash& state) {
  ASSIGN_OR_RETURN(const resource::Object object, resource::Object::parse(std::string(signer.object_text)));
  std::string handle(object.key());
  if (object.object_class() != resource::ObjectClass::kMember || object.is_tombstone())
    return base::fail(kNoSuccessor, handle + " is no member");
  if (genesis.value("roots") != roots_text(signer.proof.roots))
    return base::fail(kNoSuccessor, "the genesis names other roots than the old state has");
  TRY(verify_state_proof(Trie::kObjects, object.id().trie_name(), signer.object_text, signer.proof, state));
  const resource::RoleKeys governance = resource::keys_for(object, resource::Role::kGovernance);
  const auto signatures = std::ranges::count_if(
      governance.keys, [&](const resource::PartyKey& key) { return has_signed(genesis, handle, key.key); });
  if (governance.keys.empty() || static_cast<std::size_t>(signatures) < governance.threshold)
    return base::fail(kNoSuccessor, handle + " did not sign the genesis with its governance keys");
  return handle;
}

Result<std::set<std::string>> verify_signers(const SuccessorStep& step, const Record& genesis,
                                             const base::Hash& state, const note::Policy& old) {
  std::set<std::string> signers;
  for (const SignerProof& signer : step.signers) {
    ASSIGN_OR_RETURN(std::string handle, verify_signer(signer, genesis, state));
    if (std::ranges::find(old.witnesses, handle, &note::PolicyWitness::name) == old.witnesses.end())
      return base::fail(kNoSuccessor, handle + " has no say by the old policy");
    if (!signers.empty() && *signers.rbegin() >= handle)
      return base::fail(kNoSuccessor, "signers are sorted by handle, each once");
    signers.insert(std::move(handle));
  }
  const std::size_t quorum = cosigner_quorum(old.witnesses.size());
  if (signers.size() >= quorum) return signers;
  return base::fail(kNoSuccessor, std::to_string(signers.size()) + " members signed, " +
                                      std::to_string(quorum) + " of " + std::to_string(old.witnesses.size()) +
                                      " are asked for");
}

Result<void> replace_operator(const resource::Change& change, const Record& genesis,
                              const std::set<std::string>& signers, crypto::PublicKey& operator_key) {
  const std::string handle(change.key);
  for (const resource::LineChange& line : change.lines) {
    if (line.name != "operator" || line.operation == resource::Operation::kSet)
      return base::fail(kNoSuccessor, "of " + handle + " only the operator key is replaced");
    if (line.operation == resource::Operation::kRemove) continue;
    if (!resource::read_key(line.value, operator_key)) return base::fail(kNoSuccessor, handle + ": no key");
    if (!has_signed(genesis, handle, operator_key) || !signers.contains(handle))
      return base::fail(kNoSuccessor, handle + " did not sign for its new operator key");
  }
  return {};
}

// Who goes on: the old policy's members, but for what the genesis says of them.
Result<note::Policy> policy_of(const SuccessorStep& step, const Record& genesis, const note::Policy& old,
                               const std::set<std::string>& signers) {
  std::map<std::string, crypto::PublicKey> keys;
  for (const note::PolicyWitness& witness : old.witnesses) keys[witness.name] = witness.key.key;
  for (const resource::Change& change : genesis.changes()) {
    const auto found = keys.find(std::string(change.key));
    if (found == keys.end()) return base::fail(kNoSuccessor, std::string(change.key) + " is no member");
    if (change.action == resource::Action::kDelete) {
      keys.erase(found);
    } else {
      TRY(replace_operator(change, genesis, signers, found->second));
    }
  }
  if (keys.size() < kMembersMin) return base::fail(kNoSuccessor, "fewer than three members go on");
  crypto::PublicKey log_key;
  if (!resource::read_key(genesis.value("log-key"), log_key) || !has_signed(genesis, step.origin, log_key))
    return base::fail(kNoSuccessor, "the new log's key did not sign");
  std::vector<note::PolicyMember> members;
  for (const auto& [handle, key] : keys) members.push_back({handle, key});
  const std::size_t quorum = cosigner_quorum(members.size());
  const note::VerifierKey log{step.origin, note::KeyType::kEd25519, log_key};
  // Reading it again also asks for prime-order keys, each once.
  return note::parse_policy(
      note::serialize_policy(note::make_policy(step.to, genesis.id(), log, std::move(members), quorum)));
}

}  // namespace

bool is_successor_step(std::string_view text) {
  return text.starts_with(kHead);
}

Result<SuccessorStep> parse_successor_step(std::string_view text) {
  LineReader lines(text, kBadSuccessorStep);
  if (text.size() > base::kReceiptBytesMax)
    return lines.refuse(std::to_string(text.size()) + " bytes are too many");
  SuccessorStep step;
  ASSIGN_OR_RETURN(const std::string_view head, lines.take_line());
  if (!head.starts_with(kHead)) return lines.refuse("'comity/1 successor' and an origin expected");
  step.origin = head.substr(kHead.size());
  ASSIGN_OR_RETURN(const std::uint64_t from, lines.take_number("from"));
  ASSIGN_OR_RETURN(const std::uint64_t to, lines.take_number("to"));
  step.from = base::Epoch(from);
  step.to = base::Epoch(to);
  ASSIGN_OR_RETURN(const std::uint64_t genesis_bytes, lines.take_number("genesis"));
  ASSIGN_OR_RETURN(const std::uint64_t signers, lines.take_number("signers"));
  if (genesis_bytes > base::kRecordBytesMax) return lines.refuse("no record is so long");
  if (signers > base::kMembersMax) return lines.refuse("too many signers");
  TRY(lines.take_empty_line());
  ASSIGN_OR_RETURN(step.genesis, lines.take_bytes(genesis_bytes));
  for (std::uint64_t i = 0; i < signers; ++i) {
    SignerProof signer;
    ASSIGN_OR_RETURN(signer.object_text, lines.take_paragraph());
    ASSIGN_OR_RETURN(signer.proof, take_state_proof(lines));
    TRY(lines.take_empty_line());
    step.signers.push_back(std::move(signer));
  }
  ASSIGN_OR_RETURN(step.block_record, lines.take_paragraph());
  auto proof = note::parse_tlog_proof(lines.rest());
  if (!proof) return base::fail(kBadSuccessorStep, proof.error().at("in the tlog-proof").message());
  if (proof->extra) return base::fail(kBadSuccessorStep, "the tlog-proof has extra data");
  step.log_proof = std::move(*proof);
  return step;
}

std::string serialize_successor_step(const SuccessorStep& step) {
  std::string text = std::string(kHead) + step.origin + "\n";
  text.append("from: ").append(std::to_string(step.from.value())).append("\n");
  text.append("to: ").append(std::to_string(step.to.value())).append("\n");
  text.append("genesis: ").append(std::to_string(step.genesis.size())).append("\n");
  text.append("signers: ").append(std::to_string(step.signers.size())).append("\n\n");
  text.append(step.genesis).append("\n");
  for (const SignerProof& signer : step.signers) {
    text.append(signer.object_text).append("\n");
    append_state_proof(text, signer.proof);
    text.append("\n");
  }
  return text.append(step.block_record).append("\n").append(note::serialize_tlog_proof(step.log_proof));
}

Result<Succession> verify_successor_step(std::string_view text, const note::Policy& old) {
  ASSIGN_OR_RETURN(const SuccessorStep step, parse_successor_step(text));
  ASSIGN_OR_RETURN(const Record genesis, Record::parse(std::string_view(step.genesis)));
  TRY(check_place(step, genesis, old));
  const std::string& origin = old.header->origin;
  ASSIGN_OR_RETURN(const note::CheckedCheckpoint counted,
                   verify_leaf(origin, step.block_record, step.log_proof, old));
  const note::Checkpoint& checkpoint = counted.checkpoint;
  ASSIGN_OR_RETURN(const BlockEnd block,
                   verify_block_end(origin, step.block_record, step.log_proof.index, checkpoint));
  const std::string named =
      std::to_string(checkpoint.size.value()) + " " + codec::serialize_base64(checkpoint.root.view());
  if (genesis.value("checkpoint") != named)
    return base::fail(kNoSuccessor, "the genesis names another checkpoint than " + named);
  ASSIGN_OR_RETURN(const std::set<std::string> signers, verify_signers(step, genesis, block.state, old));
  ASSIGN_OR_RETURN(note::Policy policy, policy_of(step, genesis, old, signers));
  return Succession{std::move(policy), checkpoint};
}

}  // namespace verify
