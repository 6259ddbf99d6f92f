#include "apps/policies.h"

#include <utility>
#include <vector>

#include "base/limits.h"
#include "merkle/log_tree.h"
#include "note/checkpoint.h"
#include "storage/checkpoint_file.h"
#include "verify/policy_chain.h"

namespace apps {

using base::Result;

namespace {

/// The rules state's text that names the cosigners (docs/formats/receipts.md, policy chain).
constexpr std::string_view kPolicyEntry = "policy:current";

Result<std::string> make_step(const replica::Replica& replica, const note::PolicyHeader& from,
                              const std::string& new_policy, const std::string& checkpoint) {
  const registry::Registry& registry = replica.registry();
  verify::PolicyStep step;
  step.origin = from.origin;
  step.from = from.epoch;
  step.to = registry.charter().policy_epoch();
  step.policy = new_policy;
  step.entry = std::string(registry.charter().text(charter::Tree::kRules, kPolicyEntry).value_or(""));
  step.state_proof = {registry.prove_rule(kPolicyEntry), registry.roots()};
  const storage::LogFolder log = replica.log();
  const base::LeafIndex last(log.size().value() - 1);
  ASSIGN_OR_RETURN(const base::Bytes leaf, log.read_leaf(last));
  step.block_record = base::as_text(leaf);
  ASSIGN_OR_RETURN(step.log_proof.hashes, merkle::prove_inclusion(last, log.size(), log));
  step.log_proof.index = last;
  step.log_proof.checkpoint = checkpoint;
  return verify::serialize_policy_step(step);
}

}  // namespace

Result<std::string> read_policy(const base::Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(path, base::kPolicyBytesMax));
  return std::string(base::as_text(bytes));
}

Result<verify::Walk> load_policy(const base::Files& files, const std::string& path,
                                 std::span<const std::string> step_paths) {
  ASSIGN_OR_RETURN(const std::string text, read_policy(files, path));
  auto policy = note::parse_policy(text);
  if (!policy) return std::unexpected(policy.error().at(path));
  std::vector<std::string> steps;
  for (const std::string& step_path : step_paths) {
    ASSIGN_OR_RETURN(const base::Bytes step, files.read(step_path, base::kReceiptBytesMax));
    steps.emplace_back(base::as_text(step));
  }
  return verify::walk_steps(std::move(*policy), steps);
}

Result<std::optional<base::Epoch>> load_policy_epoch(const base::Files& files, const std::string& path) {
  auto text = read_policy(files, path);
  if (!text) {
    if (text.error().kind() == base::kFileMissing) return std::nullopt;
    return std::unexpected(text.error());
  }
  auto policy = note::parse_policy(*text);
  if (!policy) return std::unexpected(policy.error().at(path));
  return policy->header ? std::optional(policy->header->epoch) : std::nullopt;
}

Result<std::optional<base::TreeSize>> published_size(const base::Files& files,
                                                     const std::string& log_folder) {
  const auto bytes = storage::load_checkpoint(files, log_folder);
  if (!bytes) {
    if (bytes.error().kind() == base::kFileMissing) return std::nullopt;
    return std::unexpected(bytes.error());
  }
  const auto parsed = note::parse_signed_checkpoint(base::as_text(*bytes));
  if (!parsed) return std::unexpected(parsed.error().at(log_folder + "/checkpoint"));
  return parsed->checkpoint.size;
}

note::Policy policy_of(const charter::State& state, const note::VerifierKey& log_key) {
  std::vector<note::PolicyMember> members;
  for (const charter::CosignerKey& cosigner : state.cosigners())
    members.push_back({cosigner.member, cosigner.operator_key});
  const std::size_t quorum = verify::cosigner_quorum(members.size());
  return note::make_policy(state.policy_epoch(), state.genesis_id(), log_key, std::move(members), quorum);
}

Result<void> write_policy(base::Files& files, const RegistryFolder& folder, const replica::Replica& replica,
                          const note::VerifierKey& log_key, const std::string& checkpoint) {
  const charter::State& state = replica.registry().charter();
  const std::string text = note::serialize_policy(policy_of(state, log_key));
  const std::string path = folder.layout.policy_file();
  ASSIGN_OR_RETURN(const bool exists, files.exists(path));
  if (exists) {
    ASSIGN_OR_RETURN(const std::string old_text, read_policy(files, path));
    ASSIGN_OR_RETURN(const note::Policy old, note::parse_policy(old_text));
    if (old.header) {
      ASSIGN_OR_RETURN(const std::string step, make_step(replica, *old.header, text, checkpoint));
      const std::string step_path = folder.layout.step_file(state.policy_epoch());
      TRY(files.make_folders(base::folder_of(step_path)));
      TRY(base::replace_file(files, step_path, base::as_bytes(step), base::FileMode::kPublic));
    }
  }
  return base::replace_file(files, path, base::as_bytes(text), base::FileMode::kPublic);
}

}  // namespace apps
