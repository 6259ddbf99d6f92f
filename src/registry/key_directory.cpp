#include "registry/key_directory.h"

#include <algorithm>

#include "resource/keys.h"

namespace registry {
namespace {

using record::Record;

std::string directory_name(std::string_view name, std::uint32_t id) {
  return std::string(name) + "+" + std::to_string(id);
}

TriedSignature try_line(const Record& record, const record::SignatureLine& line,
                        const std::vector<crypto::PublicKey>& candidates) {
  TriedSignature tried;
  for (const crypto::PublicKey& key : candidates) {
    tried.key = key;
    tried.verified = crypto::verify_signature(key, base::as_bytes(record.body()), line.signature);
    if (tried.verified) break;
  }
  return tried;
}

}  // namespace

void KeyDirectory::add(std::string_view name, const crypto::PublicKey& key) {
  auto& known = keys_[directory_name(name, resource::key_id(name, key))];
  if (std::ranges::find(known, key) == known.end()) known.push_back(key);
}

void KeyDirectory::learn(const Record& record) {
  for (const resource::Change& change : record.changes()) {
    if (change.object_class != resource::ObjectClass::kOrganisation &&
        change.object_class != resource::ObjectClass::kMember) {
      continue;
    }
    for (const crypto::PublicKey& key : resource::added_keys(change)) add(change.key, key);
  }
}

void KeyDirectory::learn(const charter::State& state) {
  for (const auto object_class : {resource::ObjectClass::kMember, resource::ObjectClass::kOrganisation}) {
    state.for_each_object(object_class, [&](const resource::Object& party) {
      for (const resource::PartyKey& key : resource::party_keys(party)) add(party.key(), key.key);
    });
  }
}

const std::vector<crypto::PublicKey>* KeyDirectory::find(std::string_view name, std::uint32_t key_id) const {
  const auto known = keys_.find(directory_name(name, key_id));
  return known == keys_.end() ? nullptr : &known->second;
}

std::vector<TriedSignature> try_signatures(const Record& record, const KeyDirectory& keys) {
  std::vector<TriedSignature> tried(record.signatures().size());
  for (std::size_t i = 0; i < tried.size(); ++i) {
    const record::SignatureLine& line = record.signatures()[i];
    if (const auto* const candidates = keys.find(line.name, line.key_id))
      tried[i] = try_line(record, line, *candidates);
  }
  return tried;
}

}  // namespace registry
