#include "registry/registry.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "record/builder.h"
#include "registry/succession.h"

namespace registry {
namespace {

using base::as_bytes;

/// Below this, starting a thread costs more than it saves.
constexpr std::size_t kParallelTextsMin = 4'096;

merkle::TrieUpdate hash_change(const charter::TextChange& change) {
  merkle::TrieUpdate update;
  update.key = crypto::sha256(as_bytes(change.name));
  if (change.text) update.text_hash = crypto::sha256(as_bytes(*change.text));
  return update;
}

std::vector<merkle::TrieUpdate> hash_changes(const std::vector<const charter::TextChange*>& changes,
                                             unsigned threads) {
  std::vector<merkle::TrieUpdate> updates(changes.size());
  const unsigned useful = changes.size() < kParallelTextsMin ? 1 : threads;
  base::parallel_for(useful, changes.size(), kParallelTextsMin / 4, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) updates[i] = hash_change(*changes[i]);
  });
  return updates;
}

}  // namespace

Registry::Registry(charter::State state)
    : charter_(std::move(state)), releases_(std::make_shared<Releases>()) {
  charter_.set_batch_checker(releases_);
}

base::Result<Registry> Registry::found(const record::Record& genesis, charter::SignatureChecker& checker,
                                       std::string& block_record, std::span<const record::Record> carried) {
  if (is_successor(genesis)) {
    ASSIGN_OR_RETURN(Registry registry, succeed(genesis, carried, checker));
    registry.records_in_block_ = 1 + carried.size();
    block_record = registry.take_block_record();
    return registry;
  }
  if (!carried.empty())
    return base::fail(charter::kRefused, "the genesis block holds the genesis record alone");
  ASSIGN_OR_RETURN(charter::State state, charter::State::found(genesis, checker));
  Registry registry(std::move(state));
  registry.records_in_block_ = 1;
  block_record = registry.end_block();
  return registry;
}

// The roots are compared before anything is believed of the texts.
base::Result<Registry> Registry::succeed(const record::Record& genesis,
                                         std::span<const record::Record> carried,
                                         charter::SignatureChecker& checker) {
  ASSIGN_OR_RETURN(record::CarriedTexts texts, check_carried(genesis, carried));
  ASSIGN_OR_RETURN(charter::State state, charter::State::from_texts(std::move(texts.objects), texts.rules));
  TRY(state.succeed(genesis, checker));
  Registry registry(std::move(state));
  registry.rebuild();
  return registry;
}

base::Result<Registry> Registry::from_texts(std::vector<std::string> objects,
                                            const std::vector<std::string>& rules, unsigned threads) {
  ASSIGN_OR_RETURN(charter::State state, charter::State::from_texts(std::move(objects), rules));
  Registry registry(std::move(state));
  registry.set_threads(threads);
  registry.rebuild();
  return registry;
}

base::Result<void> Registry::restore_zones(std::span<const std::string_view> texts) {
  return releases_->restore(charter_, texts);
}

void Registry::set_threads(unsigned threads) {
  threads_ = threads;
  releases_->set_threads(threads);
}

std::optional<base::EpochSeconds> Registry::next_due() const {
  const auto left = charter_.next_due();
  const auto right = releases_->next_due();
  if (!left || !right) return left ? left : right;
  return std::min(*left, *right);
}

void Registry::begin_block(base::EpochSeconds time) {
  CHECK(time >= charter_.time());
  charter_.begin_block(charter_.height().next(), time);
  records_in_block_ = 0;
  effects_ = charter_.run_due(base::kBlockEffectsMax);
}

base::Result<void> Registry::apply(const record::Record& record, charter::SignatureChecker& checker) {
  ASSIGN_OR_RETURN(const charter::Effects effects,
                   charter_.apply(record, checker, base::kBlockEffectsMax - effects_.size()));
  effects_.insert(effects_.end(), effects.begin(), effects.end());
  CHECK(effects_.size() <= base::kBlockEffectsMax);
  ++records_in_block_;
  return {};
}

void Registry::finish_block() {
  published_ = releases_->end_block(charter_, base::kBlockEffectsMax - effects_.size());
}

std::string Registry::end_block() {
  finish_block();
  rehash();
  return take_block_record();
}

std::string Registry::end_block_unhashed() {
  finish_block();
  std::string text = take_block_record();
  text.resize(text.rfind("state: "));
  return text;
}

std::string Registry::take_block_record() {
  std::vector<std::string> effects;
  for (const charter::Effect& effect : effects_) {
    effects.push_back(std::string(charter::effect_word(effect.kind)) + " " +
                      codec::serialize_base64(effect.proposal.view()));
  }
  effects.insert(effects.end(), published_.begin(), published_.end());
  record::BlockFields block{height(), time(), records_in_block_, {}, state()};
  block.effects.assign(effects.begin(), effects.end());
  effects_.clear();
  return record::serialize_block(charter_.origin(), block);
}

void Registry::rehash() {
  const std::vector<charter::TextChange> changes = charter_.drain_changes();
  std::vector<const charter::TextChange*> objects;
  std::vector<const charter::TextChange*> rules;
  for (const charter::TextChange& change : changes) {
    (change.tree == charter::Tree::kObjects ? objects : rules).push_back(&change);
  }
  objects_.update(hash_changes(objects, threads_), threads_);
  rules_.update(hash_changes(rules, threads_), threads_);
  roots_.objects = objects_.root();
  roots_.rules = rules_.root();
}

// A state from a snapshot has nothing to drain: every text is read once.
void Registry::rebuild() {
  charter_.drain_changes();
  const auto build = [&](charter::Tree tree, merkle::StateTrie& trie) {
    std::vector<merkle::TrieUpdate> updates;
    charter_.for_each(tree, [&](std::string_view name, std::string_view text) {
      updates.push_back({crypto::sha256(as_bytes(name)), crypto::sha256(as_bytes(text))});
    });
    trie.update(updates, threads_);
  };
  build(charter::Tree::kObjects, objects_);
  build(charter::Tree::kRules, rules_);
  roots_.objects = objects_.root();
  roots_.rules = rules_.root();
}

merkle::TrieProof Registry::prove_object(const resource::ObjectId& id) const {
  return objects_.prove(crypto::sha256(as_bytes(id.trie_name())));
}

merkle::TrieProof Registry::prove_rule(std::string_view name) const {
  return rules_.prove(crypto::sha256(as_bytes(name)));
}

}  // namespace registry
