#include "apps/succession.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "apps/policies.h"
#include "apps/record_maker.h"
#include "base/check.h"
#include "charter/signature_checker.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "merkle/log_tree.h"
#include "note/signed_note.h"
#include "record/builder.h"
#include "registry/succession.h"
#include "registry/verify_ahead.h"
#include "resource/keys.h"
#include "resource/values.h"
#include "verify/successor_step.h"

namespace apps {
namespace {

using base::Result;
using record::FoundingKey;
using record::Record;

std::string text_of(const base::Hash& hash) {
  return codec::serialize_base64(hash.view());
}

const resource::Object& member_object(const Predecessor& old, std::string_view handle) {
  const resource::Object* object = old.state().find({resource::ObjectClass::kMember, std::string(handle)});
  CHECK(object != nullptr);
  return *object;
}

Result<std::vector<Record>> carried_records(const Predecessor& old, std::string_view origin) {
  ASSIGN_OR_RETURN(const std::vector<std::string> leaves, registry::carry_state(old.state(), origin));
  std::vector<Record> records;
  for (const std::string& leaf : leaves) {
    ASSIGN_OR_RETURN(Record record, Record::parse(std::string_view(leaf)));
    records.push_back(std::move(record));
  }
  return records;
}

Result<void> try_genesis(const Predecessor& old, const std::string& leaf,
                         charter::SignatureChecker& checker) {
  ASSIGN_OR_RETURN(const Record genesis, Record::parse(std::string_view(leaf)));
  ASSIGN_OR_RETURN(const std::vector<Record> carried, carried_records(old, genesis.origin()));
  std::string block_record;
  TRY(registry::Registry::found(genesis, checker, block_record, carried));
  return {};
}

/// Keeps of each member's governance lines as many as are asked for, or none.
class Chooser {
 public:
  explicit Chooser(const Predecessor& old) : old_(&old) {}

  std::vector<std::string> choose(const std::map<const FoundingKey*, std::string>& line_of) {
    std::map<std::string, std::vector<std::string>> governance;
    std::vector<std::string> lines;
    for (const auto& [key, line] : line_of) {
      if (key->role == "governance") {
        governance[key->name].push_back(line);
      } else {
        lines.push_back(line);
      }
    }
    for (auto& [handle, signatures] : governance) {
      const auto needed =
          resource::keys_for(member_object(*old_, handle), resource::Role::kGovernance).threshold;
      if (signatures.size() < needed) continue;
      lines.insert(lines.end(), signatures.begin(), signatures.begin() + static_cast<std::ptrdiff_t>(needed));
    }
    return lines;
  }

 private:
  const Predecessor* old_;
};

// As Chooser wants them, of everybody.
Result<std::string> as_if_signed(const Predecessor& old, const std::string& body) {
  ASSIGN_OR_RETURN(const Record genesis, parse_unsigned(body));
  constexpr std::array<base::Byte, 64> kNoSignature{};
  const std::vector<FoundingKey> keys = successor_keys(old, genesis);
  std::map<const FoundingKey*, std::string> line_of;
  for (const FoundingKey& key : keys)
    line_of[&key] =
        note::serialize_signature_line(key.name, resource::key_id(key.name, key.key), kNoSignature);
  return record::assemble(body, Chooser(old).choose(line_of));
}

}  // namespace

Result<Predecessor> Predecessor::open(base::Files& files, const std::string& dir) {
  ASSIGN_OR_RETURN(Reading reading, Reading::open(files, dir));
  const std::string path = reading.folder().layout.policy_file();
  ASSIGN_OR_RETURN(const std::string text, read_policy(files, path));
  ASSIGN_OR_RETURN(note::Policy policy, note::parse_policy(text));
  if (const auto counted = note::check_checkpoint(policy, reading.checkpoint_text()); !counted)
    return std::unexpected(counted.error().at("log/checkpoint by the policy " + path));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(registry::Registry registry, reading.load(warnings));
  return Predecessor{std::move(reading), std::move(policy), std::move(registry)};
}

Result<std::string> successor_body(const Predecessor& old, const SuccessorWish& wish) {
  const charter::State& state = old.state();
  const note::Checkpoint& checkpoint = old.reading.checkpoint();
  ASSIGN_OR_RETURN(const std::vector<std::string> carried, registry::carry_state(state, wish.origin));
  const bool is_virtual = old.reading.folder().settings.clock == ClockKind::kVirtual;
  record::Builder builder(record::Kind::kGenesis, wish.origin);
  builder.set("time", wish.time).set("clock", is_virtual ? "virtual" : "real");
  builder.set("log-key", resource::serialize_key(wish.log_key));
  builder.set("predecessor", state.origin() + " " + text_of(state.genesis_id()));
  builder.set("checkpoint",
              codec::serialize_decimal(checkpoint.size.value()) + " " + text_of(checkpoint.root));
  builder.set("policy", codec::serialize_decimal(state.policy_epoch().value()));
  builder.set("roots", registry::roots_text(old.registry.roots()));
  builder.set("carried", codec::serialize_decimal(carried.size()));
  builder.set("consent", wish.by_hand ? "left" : "quorum");
  for (const std::string& paragraph : wish.paragraphs) builder.add_paragraph(paragraph);
  ASSIGN_OR_RETURN(std::string body, builder.body());
  ASSIGN_OR_RETURN(const std::string leaf, as_if_signed(old, body));
  registry::TrustingChecker everybody;
  TRY(try_genesis(old, leaf, everybody));
  return body;
}

Result<void> check_successor_body(const Predecessor& old, std::string_view body) {
  ASSIGN_OR_RETURN(const Record genesis, parse_unsigned(body));
  if (!registry::is_successor(genesis)) return base::fail(kBadFounding, "this is no successor's genesis");
  SuccessorWish wish{std::string(genesis.origin()), {}, {}, genesis.value("consent") == "left", {}};
  ASSIGN_OR_RETURN(wish.time, codec::parse_time(genesis.value("time")));
  if (!resource::read_key(genesis.value("log-key"), wish.log_key))
    return base::fail(kBadFounding, "log-key: is no key");
  for (const resource::Change& change : genesis.changes())
    wish.paragraphs.push_back(resource::serialize_change(change));
  const std::string_view named = genesis.value("checkpoint");
  ASSIGN_OR_RETURN(const std::uint64_t size, codec::parse_decimal(named.substr(0, named.find(' '))));
  const std::uint64_t own = old.reading.checkpoint().size.value();
  const std::string sizes =
      "the draft goes on from " + std::to_string(size) + " leaves, this copy counts " + std::to_string(own);
  if (size < own) return base::fail(kOlderPredecessor, sizes + ": what came after would be lost");
  if (size > own) return base::fail(kNewerPredecessor, sizes + ": follow the copy that has more first");
  ASSIGN_OR_RETURN(const std::string expected, successor_body(old, wish));
  const std::string difference = first_difference(expected, body);
  if (!difference.empty()) return base::fail(kAlteredDraft, difference);
  return {};
}

std::vector<FoundingKey> successor_keys(const Predecessor& old, const Record& genesis) {
  std::vector<FoundingKey> keys;
  for (const charter::CosignerKey& cosigner : old.state().cosigners()) {
    const resource::RoleKeys governance =
        resource::keys_for(member_object(old, cosigner.member), resource::Role::kGovernance);
    for (const resource::PartyKey& key : governance.keys)
      keys.push_back({cosigner.member, "governance", key.key});
  }
  for (const resource::Change& change : genesis.changes()) {
    for (const crypto::PublicKey& key : resource::added_keys(change))
      keys.push_back({std::string(change.key), "operator", key});
  }
  crypto::PublicKey log_key;
  if (resource::read_key(genesis.value("log-key"), log_key))
    keys.push_back({std::string(genesis.origin()), "log", log_key});
  record::sort_founding_keys(keys);
  return keys;
}

Result<std::string> seal_successor(const Predecessor& old, std::span<const PartlySigned> copies) {
  if (copies.empty()) return base::fail(kBadFounding, "there is nothing to seal");
  const PartlySigned& first = copies.front();
  for (const PartlySigned& copy : copies) {
    if (const std::string difference = first_difference(first.body, copy.body); !difference.empty())
      return base::fail(kAlteredDraft,
                        copy.source + " is of another text than " + first.source + ": " + difference);
  }
  TRY(check_successor_body(old, first.body));
  ASSIGN_OR_RETURN(const Record genesis, parse_unsigned(first.body));
  const std::vector<FoundingKey> keys = successor_keys(old, genesis);
  ASSIGN_OR_RETURN(const auto line_of, gather_signatures(copies, keys, "may not sign a successor"));
  ASSIGN_OR_RETURN(std::string leaf, record::assemble(first.body, Chooser(old).choose(line_of)));
  charter::DirectChecker checker;
  TRY(try_genesis(old, leaf, checker));
  return leaf;
}

Result<std::string> make_successor_step(const Predecessor& old, const std::string& genesis_leaf) {
  ASSIGN_OR_RETURN(const Record genesis, Record::parse(std::string_view(genesis_leaf)));
  verify::SuccessorStep step;
  step.origin = genesis.origin();
  step.from = old.state().policy_epoch();
  step.to = step.from.next();
  step.genesis = genesis_leaf;
  for (const charter::CosignerKey& cosigner : old.state().cosigners()) {
    const resource::Object& object = member_object(old, cosigner.member);
    const resource::RoleKeys governance = resource::keys_for(object, resource::Role::kGovernance);
    const bool signs = std::ranges::any_of(genesis.signatures(), [&](const record::SignatureLine& line) {
      return line.name == cosigner.member &&
             std::ranges::any_of(governance.keys, [&](const resource::PartyKey& key) {
               return resource::key_id(cosigner.member, key.key) == line.key_id;
             });
    });
    if (!signs) continue;
    step.signers.push_back(
        {std::string(object.text()), {old.registry.prove_object(object.id()), old.registry.roots()}});
  }
  const storage::LogFolder log = old.reading.log();
  const base::LeafIndex last(log.size().value() - 1);
  ASSIGN_OR_RETURN(const base::Bytes block, log.read_leaf(last));
  step.block_record = base::as_text(block);
  step.log_proof.index = last;
  ASSIGN_OR_RETURN(step.log_proof.hashes, merkle::prove_inclusion(last, log.size(), log));
  step.log_proof.checkpoint = old.reading.checkpoint_text();
  std::string text = verify::serialize_successor_step(step);
  TRY(verify::verify_successor_step(text, old.policy));
  return text;
}

}  // namespace apps
