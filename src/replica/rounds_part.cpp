#include "replica/rounds_part.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "replica/operator_key.h"

namespace replica {

using base::Result;

namespace {

/// docs/formats/rounds.md: how far a message's time may be from ours.
constexpr base::Seconds kClockDifference{300};

bool is_near(base::EpochSeconds time, base::EpochSeconds now) {
  return time <= now + kClockDifference && now <= time + kClockDifference;
}

}  // namespace

void RoundsStep::append(RoundsStep more) {
  std::ranges::move(more.leaves, std::back_inserter(leaves));
  std::ranges::move(more.mail, std::back_inserter(mail));
  std::ranges::move(more.done, std::back_inserter(done));
  std::ranges::move(more.false_shares, std::back_inserter(false_shares));
  std::ranges::move(more.wanted, std::back_inserter(wanted));
  std::ranges::move(more.troubles, std::back_inserter(troubles));
}

RoundsPart::RoundsPart(RoundsOptions options)
    : options_(std::move(options)),
      ceremonies_({options_.files, options_.folder, options_.member, options_.random, options_.repeat,
                   options_.missing_after}),
      signing_({options_.member, options_.random, options_.threads, options_.patience}) {}

RoundsStep RoundsPart::step(const RoundsWorld& world) {
  RoundsStep step;
  Duties duties = ceremonies_.step(world.state, world.now, world.signer);
  step.leaves = std::move(duties.leaves);
  step.wanted = std::move(duties.wanted);
  step.troubles = std::move(duties.troubles);
  append(world, duties.parcels, step);
  const ShareOf share = [&](const crypto::PublicKey& key) { return ceremonies_.share(world.state, key); };
  append(world, signing_.step({world.state, world.jobs, share, world.signer, world.begins}, world.now), step);
  return step;
}

RoundsStep RoundsPart::take(const RoundsWorld& world, std::string_view text) {
  RoundsStep step;
  const auto message = parse_round_message(text);
  if (!message) {
    step.troubles.push_back(message.error());
    return step;
  }
  if (message->origin != world.state.origin() || message->to != options_.member ||
      message->from == options_.member || message->purpose == Purpose::kFetch)
    return step;
  // What lay long enough to be late is nobody's fault.
  if (!is_near(message->time, world.now)) return step;
  const auto key = operator_key_of(world.state, message->from);
  if (!key) return step;
  if (const auto signed_by = verify_round_message(text, *message, *key); !signed_by) {
    step.troubles.push_back(signed_by.error().at("a message of " + message->from));
    return step;
  }
  if (message->purpose == Purpose::kPrivatePart || message->purpose == Purpose::kAskPart) {
    const Result<std::vector<Parcel>> replies = ceremonies_.take(world.state, *message, world.now);
    // An archive is asked for what it does not have, and sent what it did not ask for: ordinary weather.
    if (replies) append(world, *replies, step);
    return step;
  }
  const ShareOf share = [&](const crypto::PublicKey& of) { return ceremonies_.share(world.state, of); };
  append(world,
         signing_.take({world.state, world.jobs, share, world.signer, world.begins}, *message, world.now),
         step);
  return step;
}

Result<void> RoundsPart::take_part(const charter::State& state, base::ByteView part) {
  return ceremonies_.take_part(state, part);
}

std::string RoundsPart::fetch(const RoundsWorld& world, std::uint64_t after) const {
  return sign_round_message({world.state.origin(),
                             options_.member,
                             options_.member,
                             Purpose::kFetch,
                             {},
                             world.now,
                             fetch_body(after)},
                            world.signer);
}

void RoundsPart::append(const RoundsWorld& world, const std::vector<Parcel>& parcels,
                        RoundsStep& step) const {
  for (const Parcel& parcel : parcels) {
    step.mail.push_back(sign_round_message({world.state.origin(), options_.member, parcel.to, parcel.purpose,
                                            parcel.session, world.now, parcel.body},
                                           world.signer));
  }
}

void RoundsPart::append(const RoundsWorld& world, SigningStep signing, RoundsStep& step) const {
  append(world, signing.parcels, step);
  std::ranges::move(signing.done, std::back_inserter(step.done));
  std::ranges::move(signing.false_shares, std::back_inserter(step.false_shares));
  std::ranges::move(signing.troubles, std::back_inserter(step.troubles));
}

}  // namespace replica
