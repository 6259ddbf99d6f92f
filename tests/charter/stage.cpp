#include "charter/stage.h"

#include <cstdio>
#include <tuple>
#include <unordered_map>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"

namespace oracle {
namespace {

/// Verifies each signature once in the life of the process; the same question has the same answer.
class RememberingChecker final : public charter::SignatureChecker {
 public:
  bool verifies(const record::Record& record, std::size_t index, const crypto::PublicKey& key) override {
    const crypto::Signature& signature = record.signatures()[index].signature;
    const auto [answer, is_new] = answers_.try_emplace({record.id(), key, signature}, false);
    if (is_new) answer->second = crypto::verify_signature(key, base::as_bytes(record.body()), signature);
    return answer->second;
  }

 private:
  std::map<std::tuple<base::Hash, crypto::PublicKey, crypto::Signature>, bool> answers_;
};

RememberingChecker& checker() {
  static RememberingChecker the_checker;
  return the_checker;
}

base::Result<const record::Record*> parsed(const std::string& leaf) {
  static std::unordered_map<std::string, record::Record> records;
  const auto found = records.find(leaf);
  if (found != records.end()) return &found->second;
  ASSIGN_OR_RETURN(record::Record record, record::Record::parse(std::string_view(leaf)));
  return &records.emplace(leaf, std::move(record)).first->second;
}

[[noreturn]] void give_up(const std::string& what, const std::string& leaf) {
  std::fprintf(stderr, "the stage does not stand: %s\n%s\n", what.c_str(), leaf.c_str());
  std::abort();
}

std::string all_texts(const charter::State& state) {
  std::string all;
  for (const charter::Tree tree : {charter::Tree::kObjects, charter::Tree::kRules}) {
    state.for_each(tree, [&](std::string_view, std::string_view text) { all.append(text).append("\n"); });
  }
  return all;
}

}  // namespace

Stage Stage::found(actors::Cast the_cast, const std::vector<actors::Draft>& world) {
  Stage stage(std::move(the_cast));
  const std::string leaf = stage.cast.genesis().leaf();
  const base::Result<const record::Record*> genesis = parsed(leaf);
  if (!genesis) give_up(genesis.error().message(), leaf);
  base::Result<charter::State> state = charter::State::found(**genesis, checker());
  if (!state) give_up(state.error().message(), leaf);
  stage.state_ = std::make_unique<charter::State>(std::move(*state));
  stage.watch_.emplace(**genesis, *stage.state_);
  if (world.empty()) return stage;
  stage.at(stage.time() + actors::kHour);
  for (const actors::Draft& draft : world) {
    if (const auto refusal = stage.play(draft)) give_up(*refusal, draft.leaf());
  }
  return stage;
}

Stage::Snapshot Stage::save() const {
  Snapshot snapshot{{}, {}, cast, *watch_, standings_};
  state_->for_each(charter::Tree::kObjects,
                   [&](std::string_view, std::string_view text) { snapshot.objects.emplace_back(text); });
  state_->for_each(charter::Tree::kRules,
                   [&](std::string_view, std::string_view text) { snapshot.rules.emplace_back(text); });
  return snapshot;
}

Stage Stage::load(const Snapshot& snapshot) {
  Stage stage(snapshot.cast);
  base::Result<charter::State> state = charter::State::from_texts(snapshot.objects, snapshot.rules);
  if (!state) give_up(state.error().message(), "");
  stage.state_ = std::make_unique<charter::State>(std::move(*state));
  stage.watch_ = snapshot.watch;
  stage.standings_ = snapshot.standings;
  return stage;
}

void Stage::refresh_cast() {
  cast.now = state_->time();
  const auto charter = state_->text(charter::Tree::kObjects, "charter:registry");
  CHECK(charter.has_value());
  cast.epoch = actors::epoch_text(state_->epoch().value(), *charter);
}

void Stage::at(Time time) {
  due_counts_.clear();
  do {
    state_->begin_block(state_->height().next(), base::EpochSeconds(time));
    const charter::Effects effects = state_->run_due(base::kBlockEffectsMax);
    CHECK(effects.size() <= base::kBlockEffectsMax);
    if (!effects.empty()) due_counts_.push_back(effects.size());
    watch_->after_due(effects, *state_);
    follow(effects);
    reload();
  } while (state_->next_due() && state_->next_due()->value() <= time);
  refresh_cast();
}

std::vector<std::string> Stage::complaints() const {
  std::vector<std::string> all = watch_->complaints();
  all.insert(all.end(), own_complaints_.begin(), own_complaints_.end());
  return all;
}

base::Result<charter::Effects> Stage::apply(const record::Record& record) {
  if (!thorough) return state_->apply(record, checker(), base::kBlockEffectsMax);
  const std::string before = all_texts(*state_);
  const base::Result<void> foreseen = state_->check(record, checker());
  if (all_texts(*state_) != before) own_complaints_.push_back("a check left a trace");
  base::Result<charter::Effects> effects = state_->apply(record, checker(), base::kBlockEffectsMax);
  if (!effects && all_texts(*state_) != before) own_complaints_.push_back("a refused record left a trace");
  if (foreseen.has_value() != effects.has_value()) {
    own_complaints_.push_back("check and apply disagree: " + std::string(record.leaf()));
  }
  return effects;
}

void Stage::reload() {
  if (!reloads) return;
  const Snapshot snapshot = save();
  base::Result<charter::State> state = charter::State::from_texts(snapshot.objects, snapshot.rules);
  if (!state) give_up(state.error().message(), "");
  if (all_texts(*state) != all_texts(*state_)) own_complaints_.push_back("a snapshot loads as another state");
  *state_ = std::move(*state);
}

std::optional<std::string> Stage::play_leaf(const std::string& leaf) {
  const base::Result<const record::Record*> record = parsed(leaf);
  if (!record) return record.error().message();
  base::Result<charter::Effects> effects = apply(**record);
  if (!effects && effects.error().kind() == charter::kBlockFull) {
    at(time());
    effects = apply(**record);
  }
  if (!effects) return effects.error().message();
  watch_->after_record(**record, *effects, *state_);
  if ((*record)->kind() == record::Kind::kProposal) {
    standings_[codec::serialize_base64((*record)->id().view())] = {.word = "open", .since = time()};
  }
  if ((*record)->kind() == record::Kind::kWithdrawal) {
    standings_[codec::serialize_base64((*record)->proposal()->view())] = {.word = "withdrawn",
                                                                          .since = time()};
  }
  follow(*effects);
  refresh_cast();
  reload();
  return std::nullopt;
}

void Stage::follow(const charter::Effects& effects) {
  for (const charter::Effect& effect : effects) {
    Standing& standing = standings_[codec::serialize_base64(effect.proposal.view())];
    if (effect.kind == charter::EffectKind::kExtended) {
      ++standing.extensions;
      continue;
    }
    if (standing.word == "withdrawn") continue;
    standing.word = std::string(charter::effect_word(effect.kind));
    standing.since = time();
  }
}

Stage::Standing Stage::standing(const std::string& id) const {
  const auto found = standings_.find(id);
  return found == standings_.end() ? Standing{.word = "unknown"} : found->second;
}

std::string Stage::object(const std::string& name) const {
  return std::string(state_->text(charter::Tree::kObjects, name).value_or(""));
}

}  // namespace oracle
