#include "sim/council.h"

#include <algorithm>

#include "charter/watch.h"
#include "codec/time_text.h"
#include "merkle/log_tree.h"
#include "note/checkpoint.h"
#include "registry/replay.h"
#include "resource/values.h"
#include "storage/checkpoint_file.h"
#include "support/world.h"

namespace sim {

using actors::Draft;
using base::Result;

namespace {

constexpr const char* kJoiner = "MEMBER-E";

std::string operator_of(const charter::State& state, const std::string& handle) {
  for (const charter::CosignerKey& key : state.cosigners()) {
    if (key.member == handle) return resource::serialize_key(key.operator_key);
  }
  return {};
}

}  // namespace

Council::Council(std::uint64_t seed)
    : files_(seed), clock_(actors::kGenesisTime + base::Seconds(60)), cast_(4), rng_(seed) {
  handles_ = cast_.members();
  handles_.emplace_back(kJoiner);
  cast_.add(actors::make_organisation("ORG-E"));
  cast_.add(actors::make_member(kJoiner));
}

void Council::complain(const std::string& what) {
  if (complaint_.empty()) complaint_ = what;
}

// What an outside client does with each checkpoint he gets to see.
Result<void> Council::see(const std::string& text) {
  const charter::State& state = table_->registry().charter();
  const note::Policy present = policy_of(state);
  const auto checked = note::check_checkpoint(present, text);
  if (!checked) complain("published, but the present policy says: " + checked.error().message());
  if (policy_) {
    const auto by_old = note::check_checkpoint(*policy_, text);
    if (!by_old) complain("published, but the policy before it says: " + by_old.error().message());
  }
  policy_ = present;
  policies_seen_.insert(state.policy_epoch().value());
  const auto parsed = note::parse_signed_checkpoint(text);
  if (!parsed) {
    complain("published, but no checkpoint: " + parsed.error().message());
    return {};
  }
  const std::uint64_t size = parsed->checkpoint.size.value();
  if (size < published_size()) complain("the published checkpoint shrank to " + std::to_string(size));
  const auto [seen, is_new] = published_.try_emplace(size, parsed->checkpoint.root);
  if (!is_new && seen->second != parsed->checkpoint.root) {
    complain("two roots were published for size " + std::to_string(size));
  }
  for (const note::AnySignatureLine& line : parsed->note.signatures) {
    cosigned_[std::string(line.name)] = std::max(cosigned_[std::string(line.name)], size);
  }
  return {};
}

void Council::fault_at(std::uint64_t step, Fault fault) {
  files_.fault_at(step, fault);
  is_faulty_ = true;
}

bool Council::open() {
  table_ = std::make_unique<Table>(files_, clock_, cast_);
  const auto opened = table_->open(handles_, [this](const std::string& text) { return see(text); });
  if (!opened && !is_faulty_) complain("does not open: " + opened.error().message());
  if (!opened || files_.stopped()) return false;
  for (const std::string& absent : table_->absent()) {
    if (!is_faulty_) complain("stays away: " + absent);
  }
  for (const auto& seat : table_->engine().stopped()) {
    if (!is_faulty_) complain("stopped at the start: " + seat.member + ": " + seat.reason.message());
  }
  if (!is_faulty_) check_replicas();
  refresh_cast();
  return complaint_.empty();
}

void Council::die(bool power) {
  table_.reset();
  power ? files_.crash() : files_.restart();
  is_faulty_ = false;
  check_disk();
}

// Before anything is opened: what everybody else may have seen has to be there still.
void Council::check_disk() {
  for (const std::string& handle : handles_) {
    const auto memory =
        storage::CosignMemory::open(files_, handle + "/cosigned", std::string(actors::kOrigin));
    if (!memory) return complain(handle + ": " + memory.error().message());
    const std::uint64_t remembered = memory->last() ? memory->last()->size.value() : 0;
    const std::uint64_t seen = cosigned_[note::cosigner_name(actors::kOrigin, handle)];
    if (remembered < seen) complain(handle + " forgot that it cosigned size " + std::to_string(seen));
    const auto known = published_.find(remembered);
    if (known != published_.end() && memory->last()->root != known->second) {
      complain(handle + " remembers another root of size " + std::to_string(remembered));
    }
  }
  const auto text = storage::load_checkpoint(files_, handles_.front() + "/log");
  if (!text) {
    if (!published_.empty()) complain("the published checkpoint is gone: " + text.error().message());
    return;
  }
  const auto parsed = note::parse_signed_checkpoint(base::as_text(*text));
  if (!parsed) return complain("the published checkpoint is damaged: " + parsed.error().message());
  if (parsed->checkpoint.size.value() < published_size()) {
    complain("the disk holds the checkpoint of size " + std::to_string(parsed->checkpoint.size.value()) +
             ", published was " + std::to_string(published_size()));
  }
}

void Council::check_replicas() {
  const registry::ApplicationInfo first = table_->replica(0).info();
  for (std::size_t seat = 0; seat < table_->seats(); ++seat) {
    const replica::Replica& replica = table_->replica(seat);
    const registry::ApplicationInfo info = replica.info();
    const std::string& name = table_->handle(seat);
    if (info.state != first.state || info.root != first.root || info.size != first.size) {
      complain(name + " stands elsewhere than the sequencer");
    }
    const auto root = merkle::root_from_tiles(replica.log().size(), replica.log());
    if (!root || *root != info.root) complain(name + ": its tiles do not give its root");
    for (const auto& [size, published] : published_) {
      if (size > info.size.value())
        return complain(name + " lost the published size " + std::to_string(size));
      const auto then = merkle::root_from_tiles(base::TreeSize(size), replica.log().at(base::TreeSize(size)));
      if (!then || *then != published) complain(name + ": another log at size " + std::to_string(size));
    }
    for (const auto& [index, leaf] : acknowledged_) {
      const auto kept = replica.log().read_leaf(base::LeafIndex(index));
      if (!kept || base::as_text(*kept) != leaf)
        complain(name + " lost the acknowledged leaf " + std::to_string(index));
    }
  }
}

void Council::check_history() {
  const storage::LogFolder log = table_->replica(0).log();
  std::optional<charter::State> state;
  std::optional<oracle::Watch> watch;
  charter::DirectChecker checker;
  std::vector<record::Record> records;
  const auto read = log.read_leaves(
      base::LeafIndex(0), base::LeafIndex(log.size().value()),
      [&](auto, base::ByteView leaf) -> Result<void> {
        ASSIGN_OR_RETURN(record::Record record, record::Record::parse(base::as_text(leaf)));
        if (record.kind() != record::Kind::kBlock) {
          records.push_back(std::move(record));
          return {};
        }
        ASSIGN_OR_RETURN(const base::EpochSeconds time, codec::parse_time(record.value("time")));
        if (!state) {
          ASSIGN_OR_RETURN(state, charter::State::found(records.front(), checker));
          watch.emplace(records.front(), *state);
        } else {
          state->begin_block(state->height().next(), time);
          watch->after_due(state->run_due(base::kBlockEffectsMax), *state);
          for (const record::Record& one : records) {
            ASSIGN_OR_RETURN(const charter::Effects effects,
                             state->apply(one, checker, base::kBlockEffectsMax));
            watch->after_record(one, effects, *state);
          }
        }
        records.clear();
        return {};
      });
  if (!read) return complain("the history does not replay: " + read.error().message());
  if (!watch->complaints().empty()) complain("the watch says: " + watch->complaints().front());
}

void Council::refresh_cast() {
  const charter::State& state = table_->registry().charter();
  cast_.now = state.time();
  const auto text = state.text(charter::Tree::kObjects, "charter:registry");
  if (text) cast_.epoch = actors::epoch_text(state.epoch().value(), *text);
}

bool Council::can_go_on() const {
  if (files_.stopped()) return false;
  for (const auto& seat : table_->engine().stopped()) {
    if (seat.member == handles_.front()) return false;
  }
  return true;
}

bool Council::submit(const std::vector<Draft>& drafts) {
  std::vector<std::string> leaves;
  for (const Draft& draft : drafts) leaves.push_back(draft.leaf());
  const auto answers = table_->submit(leaves);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) continue;
    acknowledged_[answers[i]->index.value()] = leaves[i];
    if (answers[i]->checkpoint.value() > published_size()) complain("acknowledged before it was published");
  }
  refresh_cast();
  return can_go_on();
}

bool Council::play_world() {
  refresh_cast();
  if (!submit(actors::standard_world(cast_))) return false;
  return submit(actors::close_founding(cast_));
}

bool Council::play(std::size_t actions) {
  for (std::size_t i = 0; i < actions && complaint_.empty(); ++i) {
    if (!act()) return false;
  }
  return complaint_.empty();
}

bool Council::act() {
  switch (random(8)) {
    case 0: {  // minutes to days
      const std::uint64_t step = random(2) == 0 ? random(3'600) : random(4 * actors::kDay);
      const auto moved = table_->advance_to(clock_.now() + base::Seconds(step));
      refresh_cast();
      return moved.has_value() && can_go_on();
    }
    case 1: {
      // A full disk may forbid it; nothing rests on it.
      [[maybe_unused]] const auto stored = table_->store_snapshots();
      return can_go_on();
    }
    case 2:
      return submit(governance_drafts());
    default:
      return submit(random_drafts());
  }
}

std::vector<Draft> Council::answers_to(const Draft& proposal) {
  std::vector<Draft> drafts{proposal};
  proposals_.push_back(proposal);
  for (const std::string& member : cast_.members()) {
    const std::uint64_t mood = random(10);
    if (mood == 9) continue;
    drafts.push_back(cast_.ballot(member, proposal.id_text(), mood == 8 ? "no" : "yes"));
  }
  return drafts;
}

std::vector<Draft> Council::random_drafts() {
  static const std::vector<std::string> organisations{"ORG-ALFA", "ORG-BETA", "ORG-GAMMA", "ORG-DELTA"};
  static const std::vector<std::string> domains{"alfa.", "beta.", "gamma.", "free.", "open."};
  const std::string& organisation = organisations[random(4)];
  const std::string member = cast_.members()[random(4)];
  const std::string& domain = domains[random(5)];
  const std::string serial = std::to_string(++counter_);
  switch (random(9)) {
    case 0:
      return {cast_.proposal(
          organisation, "H1",
          {actors::change("domain", domain,
                          {std::string(random(2) == 0 ? "+" : "-") + " nserver: a.nic.free."})})};
    case 1: {
      const Draft create =
          cast_.proposal(member, "A",
                         {actors::create("domain", "d" + serial + ".",
                                         {"+ holder: " + organisation, "+ status: active",
                                          "+ nserver: a.nic.beta.", "+ nserver: b.nic.beta."})});
      std::vector<Draft> drafts = answers_to(create);
      drafts.push_back(cast_.acceptance(organisation, create));
      return drafts;
    }
    case 2: {
      const std::string& to = organisations[random(4)];
      const Draft transfer = cast_.proposal(
          organisation, "H2",
          {actors::change("domain", domain, {"- holder: " + organisation, "+ holder: " + to})});
      std::vector<Draft> drafts = answers_to(transfer);
      drafts.push_back(cast_.acceptance(to, transfer));
      return drafts;
    }
    case 3: {
      const Draft freeze = cast_.proposal(member, "E", {}, {{"subject", organisation}});
      return answers_to(freeze);
    }
    case 4: {
      const Draft change = cast_.proposal(
          member, "V",
          {actors::change("domain", domain, {"= nserver: a.nic.free.", "= nserver: b.nic.free."})},
          {{"subject", organisation}, {"annex", actors::some_commitment("reason " + serial)}});
      return answers_to(change);
    }
    case 5: {  // nonsense of several kinds, and one sound record between it
      Draft forged = cast_.proposal(organisation, "H1",
                                    {actors::change("organisation", organisation, {"+ country: NL"})});
      const Draft sound = forged;
      forged.signings[0].fault = actors::Signing::Fault::kForged;
      return {forged, sound, sound};
    }
    default: {
      if (proposals_.empty()) return {};
      const Draft& proposal =
          proposals_[proposals_.size() - 1 - random(std::min<std::size_t>(proposals_.size(), 6))];
      const std::string id = proposal.id_text();
      return {cast_.ballot(member, id, random(3) == 0 ? "no" : "yes"), cast_.objection(member, id),
              random(4) == 0 ? cast_.cancellation(proposal.value("by"), id) : cast_.withdrawal(member, id),
              proposal};
    }
  }
}

// Who may cosign changes: an operator key is rotated, a fifth member joins or leaves.
std::vector<Draft> Council::governance_drafts() {
  const charter::State& state = table_->registry().charter();
  const std::string serial = std::to_string(++counter_);
  if (random(2) == 0) {
    const std::string member = cast_.members()[random(4)];
    const std::string fresh = actors::Key::of(member + "/operator/" + serial + "-fresh").text();
    return {cast_.proposal(
        member, "H2",
        {actors::change("member", member,
                        {"- operator: " + operator_of(state, member), "+ operator: " + fresh})})};
  }
  const resource::Object* organisation = state.find({resource::ObjectClass::kOrganisation, "ORG-E"});
  if (organisation == nullptr) {
    const Draft create =
        cast_.proposal("MEMBER-A", "A", {actors::creation_of_organisation(cast_.party("ORG-E"))});
    std::vector<Draft> drafts = actors::with_votes(cast_, create, 4);
    drafts.push_back(cast_.acceptance("ORG-E", create));
    return drafts;
  }
  const bool is_seated = !operator_of(state, kJoiner).empty();
  if (is_seated) {
    return actors::with_votes(cast_, cast_.proposal(kJoiner, "M", {actors::erase("member", kJoiner)}), 4);
  }
  actors::Party joiner;  // keys never return, so each time it comes with new ones
  joiner.handle = kJoiner;
  for (const char* scope : {"governance", "operator", "registrar", "engine"}) {
    joiner.keys[scope] = {std::string(kJoiner) + "/" + scope + "/" + serial};
  }
  cast_.add(joiner);
  const Draft join = cast_.proposal("MEMBER-B", "M", {actors::creation_of_member(joiner, "ORG-E")});
  std::vector<Draft> drafts = actors::with_votes(cast_, join, 4);
  drafts.push_back(cast_.acceptance(kJoiner, join));
  return drafts;
}

}  // namespace sim
