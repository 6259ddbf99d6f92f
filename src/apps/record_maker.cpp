#include "apps/record_maker.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "apps/needed_signers.h"
#include "charter/epoch_claim.h"
#include "charter/pending.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "os/system_random.h"
#include "resource/values.h"
#include "storage/annex_store.h"

namespace apps {
namespace {

using base::Result;
using note::Signer;
using record::Record;

resource::ObjectId party_id(const std::string& party) {
  return {party.starts_with("ORG-") ? resource::ObjectClass::kOrganisation : resource::ObjectClass::kMember,
          party};
}

// Picks from one party's signers.
class Picker {
 public:
  explicit Picker(std::vector<const Signer*> available) : available_(std::move(available)) {}

  // Up to `threshold` signers whose keys are among `keys`; how many were found.
  std::size_t pick(const std::vector<resource::PartyKey>& keys, std::size_t threshold) {
    std::size_t found = 0;
    for (const resource::PartyKey& key : keys) {
      if (found < threshold && pick(key.key)) ++found;
    }
    return found;
  }
  bool pick(const crypto::PublicKey& key) {
    const auto has_key = [&](const Signer* signer) { return signer->verifier_key().key == key; };
    const auto signer = std::ranges::find_if(available_, has_key);
    if (signer == available_.end()) return false;
    if (std::ranges::find_if(picked_, has_key) == picked_.end()) picked_.push_back(*signer);
    return true;
  }
  const std::vector<const Signer*>& picked() const { return picked_; }

 private:
  std::vector<const Signer*> available_;
  std::vector<const Signer*> picked_;
};

Result<std::vector<const Signer*>> pick_for(const NeededSigners& needed, const charter::State& state,
                                            std::vector<const Signer*> available) {
  Picker picker(std::move(available));
  const resource::Object* const party = state.find(party_id(needed.party));
  const bool exists = party != nullptr && !party->is_tombstone();
  if (!exists && needed.new_keys.empty()) {
    return base::fail(kNoKeys, needed.party + " is not registered, so it has no keys to sign with");
  }
  for (const resource::Role role : needed.roles) {
    if (!exists) break;
    const resource::RoleKeys keys = resource::keys_for(*party, role);
    const std::size_t found = picker.pick(keys.keys, keys.threshold);
    if (found < keys.threshold) {
      return base::fail(kNoKeys, needed.party + " signs this with " + std::to_string(keys.threshold) + " " +
                                     std::string(resource::role_name(keys.role)) + " key(s); " +
                                     std::to_string(found) +
                                     " found; --keys FOLDER and --key FILE say where else to look");
    }
  }
  if (needed.any_one && party != nullptr && picker.pick(resource::party_keys(*party), 1) == 0) {
    return base::fail(kNoKeys, "no key of " + needed.party + " found");
  }
  for (const crypto::PublicKey& key : needed.new_keys) {
    if (!picker.pick(key)) {
      return base::fail(kNoKeys, needed.party + " gets the key " + resource::serialize_key(key) +
                                     " and has to sign with it; its file was not found");
    }
  }
  return picker.picked();
}

}  // namespace

// A body is parsed as a record whose one signature nobody will look at.
Result<Record> parse_unsigned(std::string_view body) {
  constexpr std::array<base::Byte, 68> kNoSignature{};
  std::string leaf(body);
  leaf.append("\n\u2014 ORG-UNSIGNED ").append(codec::serialize_base64(kNoSignature)).append("\n");
  return Record::parse(std::string_view(leaf));
}

record::Builder RecordMaker::begin(record::Kind kind, std::string_view by, base::Seconds expires_in) const {
  record::Builder builder(kind, state_->origin());
  builder.set("by", by);
  builder.set_epoch(charter::epoch_claim(*state_));
  // The rules refuse what is too long; it must have a name all the same.
  const base::Seconds longest(codec::kTimeMax.value() - now_.value());
  builder.set("expires", now_ + std::min(expires_in, longest));
  return builder;
}

Result<void> RecordMaker::add_annex(record::Builder& body, std::string_view text) const {
  if (text.empty()) return {};
  storage::Annex annex;
  os::SystemRandom random;
  random.fill(annex.salt.bytes);
  annex.text = text;
  if (!annex.text.ends_with('\n')) annex.text += '\n';
  storage::AnnexStore store(*files_, layout_->annex_folder());
  ASSIGN_OR_RETURN(const base::Hash commitment, store.put(annex));
  body.set("annex", commitment);
  return {};
}

Result<std::string> RecordMaker::classes_of(std::string_view body) const {
  ASSIGN_OR_RETURN(const Record record, parse_unsigned(body));
  return state_->classes_of(record);
}

// A server's cache has no keys of its own: then the folder is missing, and the extra ones have to do.
Result<std::vector<KeyFile>> RecordMaker::key_files() const {
  auto found = list_keys(*files_, layout_->key_folder());
  if (!found && layout_->keys.empty() && found.error().kind() == base::kFileMissing)
    return std::vector<KeyFile>();
  return found;
}

Result<std::string> RecordMaker::sign(std::string_view body) const {
  ASSIGN_OR_RETURN(const Record record, parse_unsigned(body));
  std::vector<Signer> loaded;
  std::vector<const Signer*> signers;
  ASSIGN_OR_RETURN(const std::vector<KeyFile> files, key_files());
  const std::vector<NeededSigners> parties = needed_signers(record, *state_);
  for (const KeyFile& file : files) {
    const auto is_needed = [&](const NeededSigners& needed) { return needed.party == file.name; };
    if (std::ranges::none_of(parties, is_needed)) continue;
    ASSIGN_OR_RETURN(Signer signer, load_key(*files_, file.path));
    loaded.push_back(std::move(signer));
  }
  for (const NeededSigners& needed : parties) {
    std::vector<const Signer*> available;
    for (const std::vector<Signer>* const source :
         {static_cast<const std::vector<Signer>*>(&loaded), extra_}) {
      for (const Signer& signer : *source) {
        if (signer.name() == needed.party) available.push_back(&signer);
      }
    }
    ASSIGN_OR_RETURN(const std::vector<const Signer*> picked,
                     pick_for(needed, *state_, std::move(available)));
    signers.insert(signers.end(), picked.begin(), picked.end());
  }
  return record::sign(body, signers);
}

Result<record::RecordId> RecordMaker::find_proposal(std::string_view prefix) const {
  std::vector<record::RecordId> found;
  const auto consider = [&](const record::RecordId& id) {
    if (codec::serialize_base64(id.view()).starts_with(prefix)) found.push_back(id);
  };
  if (const auto whole = codec::parse_base64_hash(prefix)) return *whole;
  for (const charter::PendingProposal& pending : charter::list_pending(*state_)) consider(pending.id);
  for (const charter::PendingDispute& dispute : charter::list_disputes(*state_))
    consider(dispute.entry.objection);
  if (found.empty())
    return base::fail(kNoSuchProposal, "no proposal under way begins with \"" + std::string(prefix) + "\"");
  if (found.size() > 1)
    return base::fail(kAmbiguousId, "several proposals begin with \"" + std::string(prefix) + "\"");
  return found.front();
}

}  // namespace apps
