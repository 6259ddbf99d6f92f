#include "apps/round_seats.h"

#include <algorithm>
#include <utility>

#include "codec/base64.h"
#include "replica/operator_key.h"

namespace apps {

using base::Result;

std::string ceremony_folder(const FolderLayout& layout, std::string_view member) {
  return layout.member_folder(member) + "/ceremony";
}

Result<std::unique_ptr<RoundSeats>> RoundSeats::open(const RoundSeatsOptions& options) {
  ASSIGN_OR_RETURN(OperatorKeys keys, OperatorKeys::load(*options.files, options.folder->layout));
  std::unique_ptr<RoundSeats> table(new RoundSeats(options, std::move(keys)));
  const RoundSeatsOptions& own = table->options_;
  const std::string& self = own.folder->settings.self;
  for (const std::string& member : table->keys_.members()) {
    if (!self.empty() && member != self) continue;
    table->seats_.push_back({std::make_unique<replica::RoundsPart>(
        replica::RoundsOptions{own.files, ceremony_folder(own.folder->layout, member), member, own.random,
                               own.threads, own.repeat, own.missing_after})});
  }
  return table;
}

const note::Signer* RoundSeats::signer(std::size_t seat, const charter::State& state) const {
  const auto in_force = replica::operator_key_of(state, member(seat));
  if (!in_force) return nullptr;
  for (const note::Signer* const key : keys_.of(member(seat))) {
    if (key->type() == note::KeyType::kEd25519 && key->verifier_key().key == *in_force) return key;
  }
  return nullptr;
}

// Where several sit in one process one of them coordinates: the others would only do the same work again.
std::optional<replica::Begins> RoundSeats::begins(std::size_t seat) const {
  if (!options_.folder->settings.is_shared()) return std::nullopt;
  return seat == 0 ? replica::Begins::kHere : replica::Begins::kElsewhere;
}

template <typename Work>
SeatStep RoundSeats::with(std::size_t seat, const SeatView& view, const Work& work) {
  const charter::State& state = view.registry.charter();
  const note::Signer* const key = signer(seat, state);
  if (key == nullptr) return {};
  jobs_.look(view.registry, view.checkpoint, options_.log_begins);
  return follow_up(seat, view,
                   work(*seats_[seat].part, replica::RoundsWorld{state, jobs_.jobs(), options_.clock->now(),
                                                                 *key, begins(seat)}));
}

SeatStep RoundSeats::step(std::size_t seat, const SeatView& view) {
  return with(seat, view,
              [](replica::RoundsPart& part, const replica::RoundsWorld& world) { return part.step(world); });
}

SeatStep RoundSeats::take(std::size_t seat, const SeatView& view, std::string_view message) {
  return with(seat, view, [&](replica::RoundsPart& part, const replica::RoundsWorld& world) {
    return part.take(world, message);
  });
}

std::string RoundSeats::fetch(std::size_t seat, const SeatView& view, std::uint64_t after) {
  const charter::State& state = view.registry.charter();
  const note::Signer* const key = signer(seat, state);
  if (key == nullptr) return {};
  return seats_[seat].part->fetch({state, {}, options_.clock->now(), *key}, after);
}

void RoundSeats::take_part(std::size_t seat, const SeatView& view, base::ByteView part) {
  // One that is for nobody here is passed over: the log holds those of all ceremonies.
  [[maybe_unused]] const auto taken = seats_[seat].part->take_part(view.registry.charter(), part);
}

bool RoundSeats::is_busy(const SeatView& view) {
  jobs_.look(view.registry, view.checkpoint, options_.log_begins);
  if (!jobs_.jobs().empty()) return true;
  const charter::State& state = view.registry.charter();
  return std::ranges::any_of(state.ceremonies(), [&](const record::RecordId& id) {
    return state.ceremony(id)->phase != charter::CeremonyPhase::kDone;
  });
}

SeatStep RoundSeats::follow_up(std::size_t seat, const SeatView& view, replica::RoundsStep step) {
  SeatStep done;
  done.leaves = std::move(step.leaves);
  done.mail = std::move(step.mail);
  done.wanted = std::move(step.wanted);
  done.troubles = std::move(step.troubles);
  for (const replica::JobSignatures& signatures : step.done) {
    if (auto line = jobs_.log_line(signatures)) done.log_lines.push_back(std::move(*line));
    auto leaves = jobs_.leaves(view.registry, signatures, member(seat),
                               *signer(seat, view.registry.charter()), options_.clock->now());
    if (!leaves) {
      done.troubles.push_back(leaves.error());
    } else {
      std::ranges::move(*leaves, std::back_inserter(done.leaves));
    }
  }
  for (const replica::FalseShare& one : step.false_shares) {
    if (one.is_new)
      done.remarks.push_back(one.proof.member + " gave a wrong signature share and is left out for a day");
    auto leaf = replica::evidence_leaf(view.registry.charter(), one.proof, member(seat),
                                       *signer(seat, view.registry.charter()), options_.clock->now());
    if (!leaf) {
      done.troubles.push_back(leaf.error());
    } else {
      done.leaves.push_back(std::move(*leaf));
    }
  }
  return done;
}

}  // namespace apps
