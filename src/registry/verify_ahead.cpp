#include "registry/verify_ahead.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/parallel.h"
#include "resource/keys.h"

namespace registry {
namespace {

/// A signature takes 50 us, so a thread fetches work every millisecond or so.
constexpr std::size_t kVerifyGrain = 16;

std::optional<crypto::PublicKey> key_in_paragraphs(const record::Record& record,
                                                   const record::SignatureLine& line) {
  for (const resource::Change& change : record.changes()) {
    if (change.key != line.name) continue;
    for (const crypto::PublicKey& key : resource::added_keys(change)) {
      if (resource::key_id(line.name, key) == line.key_id) return key;
    }
  }
  return std::nullopt;
}

std::optional<crypto::PublicKey> key_of_party(const charter::State& state,
                                              const record::SignatureLine& line) {
  const auto object_class =
      line.name.starts_with("ORG-") ? resource::ObjectClass::kOrganisation : resource::ObjectClass::kMember;
  const resource::Object* const party = state.find({object_class, std::string(line.name)});
  if (party == nullptr) return std::nullopt;
  for (const resource::PartyKey& key : resource::party_keys(*party)) {
    if (resource::key_id(line.name, key.key) == line.key_id) return key.key;
  }
  return std::nullopt;
}

}  // namespace

std::vector<TriedSignature> try_signatures(const record::Record& record, const charter::State& state) {
  std::vector<TriedSignature> tried(record.signatures().size());
  for (std::size_t i = 0; i < tried.size(); ++i) {
    const record::SignatureLine& line = record.signatures()[i];
    tried[i].key = key_of_party(state, line);
    if (!tried[i].key) tried[i].key = key_in_paragraphs(record, line);
    if (!tried[i].key) continue;
    tried[i].verified =
        crypto::verify_signature(*tried[i].key, base::as_bytes(record.body()), line.signature);
  }
  return tried;
}

void remember_signatures(RememberingChecker& checker, std::span<const record::Record* const> records,
                         const charter::State& state, unsigned threads) {
  std::vector<std::vector<TriedSignature>> tried(records.size());
  base::parallel_for(threads, records.size(), kVerifyGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (records[i] != nullptr) tried[i] = try_signatures(*records[i], state);
    }
  });
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i] != nullptr) checker.remember(*records[i], std::move(tried[i]));
  }
}

void RememberingChecker::remember(const record::Record& record, std::vector<TriedSignature> tried) {
  remembered_.push_back({&record, std::move(tried)});
}

// From the place of the last answer onwards, once around: one step for each record that is asked for in
// order, where a hash table took a node and a cache miss each.
const RememberingChecker::Remembered* RememberingChecker::find(const record::Record& record) {
  for (std::size_t steps = 0; steps < remembered_.size(); ++steps) {
    if (remembered_[next_].record == &record) return &remembered_[next_];
    next_ = next_ + 1 == remembered_.size() ? 0 : next_ + 1;
  }
  return nullptr;
}

bool RememberingChecker::verifies(const record::Record& record, std::size_t index,
                                  const crypto::PublicKey& key) {
  if (const Remembered* const known = find(record); known != nullptr) {
    const TriedSignature& tried = known->tried[index];
    if (tried.key && *tried.key == key) return tried.verified;
  }
  return crypto::verify_signature(key, base::as_bytes(record.body()), record.signatures()[index].signature);
}

}  // namespace registry
