#include "replica/signing_part.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "base/limits.h"
#include "charter/ceremony_math.h"
#include "charter/wrong_shares.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "replica/operator_key.h"
#include "threshold/commitments.h"
#include "threshold/signing_messages.h"

namespace replica {

using base::Result;
using threshold::Identifier;

namespace {

/// Nonce pairs in memory for all coordinators together: 8 MiB of locked memory.
constexpr std::size_t kNoncesMax = 131'072;
/// Of one coordinator: the jobs of a release in pieces, and the log's.
constexpr std::size_t kSessionsPerCoordinator = 64;
constexpr std::size_t kEarlyPerCoordinator = 64;
/// A job that nobody brought to its end in this time is opened anew by whoever still wants it; so is one whose
/// signatures were made and did not come to where they belong.
constexpr base::Seconds kSessionLasts{120};
constexpr base::Seconds kSlowFor{300};
/// The last of the patiences that double is 64 s: shares that take longer meet the end of the session.
constexpr unsigned kDoublingsMax = 4;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kIdentifierOffset = 33;  // behind kind and session, docs/formats/threshold.md
constexpr std::size_t kCommitmentBytes = 64;

const SigningJob* find_job(const SigningWorld& world, const base::Hash& name) {
  const auto job = std::ranges::find(world.jobs, name, &SigningJob::name);
  return job == world.jobs.end() ? nullptr : &*job;
}

// Bound to the coordinator: nobody's session can be mistaken for another's.
base::Hash session_of(const std::string& origin, const std::string& coordinator, const base::Bytes& opening) {
  base::Bytes bytes;
  for (const std::string_view word :
       {std::string_view("comity/1 signing-round "), std::string_view(origin), std::string_view(" "),
        std::string_view(coordinator), std::string_view("\n")}) {
    const base::ByteView view = base::as_bytes(word);
    bytes.insert(bytes.end(), view.begin(), view.end());
  }
  bytes.insert(bytes.end(), opening.begin(), opening.end());
  return crypto::sha256(bytes);
}

bool is_left_out_on_log(const charter::State& state, const std::string& member, base::EpochSeconds now) {
  const charter::LeftOutEntry* const entry = state.left_out(member);
  return entry != nullptr && now < entry->until;
}

// Who begins, who is next: another order at each turn, the same one for everybody. Nobody waits for who is left out.
std::size_t rank_of(const charter::State& state, const charter::GroupKeyEntry& key, const SigningJob& job,
                    const std::string& member, base::EpochSeconds now) {
  const std::size_t count = key.holders.size();
  std::size_t rank = 0;
  for (std::size_t at = job.turn.bytes[0] % count; key.holders[at] != member; at = (at + 1) % count) {
    if (!is_left_out_on_log(state, key.holders[at], now)) ++rank;
  }
  return rank;
}

}  // namespace

SigningJob make_job(const crypto::PublicKey& key, std::vector<base::Bytes> messages) {
  CHECK(!messages.empty());
  const base::ByteView title = base::as_bytes("comity/1 signing-job\n");
  base::Bytes bytes(title.begin(), title.end());
  bytes.insert(bytes.end(), key.bytes.begin(), key.bytes.end());
  for (const base::Bytes& message : messages) {
    const base::Hash hash = crypto::sha256(message);
    bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  }
  const base::Hash name = crypto::sha256(bytes);
  return {name, key, std::move(messages), Begins::kInTurn, name};
}

std::size_t job_messages_max(std::size_t threshold) {
  CHECK(threshold > 0);
  const std::size_t each = kRoundBodyBytesMax / threshold - threshold::kSigningHeaderBytes;
  return std::min(each / kCommitmentBytes, base::kSessionSignaturesMax);
}

void SigningStep::append(SigningStep more) {
  std::ranges::move(more.parcels, std::back_inserter(parcels));
  std::ranges::move(more.done, std::back_inserter(done));
  std::ranges::move(more.false_shares, std::back_inserter(false_shares));
  std::ranges::move(more.troubles, std::back_inserter(troubles));
}

struct SigningPart::Turn {
  const SigningWorld& world;
  base::EpochSeconds now;
  SigningStep& step;
  std::deque<Parcel> waiting = {};  // to anybody, this member too

  const charter::GroupKeyEntry* key_of(const SigningJob& job) const {
    const charter::GroupKeyEntry* const key = world.state.group_key(job.key);
    // A key with more signers than a message has room for the job: the state says what there is, so this is no lie.
    return key != nullptr && job.messages.size() <= job_messages_max(key->commitments.size()) ? key : nullptr;
  }
  // All that a member says about its shares but what they are.
  charter::ShareStatement statement(const std::string& member, base::EpochSeconds time, const SigningJob& job,
                                    const record::RecordId& sharing) const {
    return {world.state.origin(), member, time, job.key, sharing, 0, {}};
  }
  void send(const std::string& to, Purpose purpose, const base::Hash& session, base::Bytes body) {
    waiting.push_back({to, purpose, session, std::move(body)});
  }
};

SigningPart::SigningPart(SigningOptions options) : options_(std::move(options)) {}

SigningStep SigningPart::step(const SigningWorld& world, base::EpochSeconds now) {
  SigningStep step;
  Turn turn{world, now, step};
  forget_old(turn);
  // What came before its time: a member may be a block behind the others.
  for (auto& [from, messages] : early_) {
    std::deque<Early> left;
    for (Early& one : std::exchange(messages, {})) {
      base::Hash name;
      std::copy_n(one.body.begin(), kHashBytes, name.bytes.begin());
      if (find_job(world, name) != nullptr) {
        commit(turn, from, one.session, one.body);
      } else {
        left.push_back(std::move(one));
      }
    }
    messages = std::move(left);
  }
  for (const SigningJob& job : world.jobs) {
    const auto done = finished_.find(job.name);
    if (done == finished_.end() || now >= done->second + kSessionLasts) coordinate(turn, job);
  }
  deliver(turn);
  accuse(turn);
  return step;
}

SigningStep SigningPart::take(const SigningWorld& world, const RoundMessage& message,
                              base::EpochSeconds now) {
  SigningStep step;
  Turn turn{world, now, step};
  receive(turn, message);
  deliver(turn);
  accuse(turn);
  return step;
}

// What is for this member itself needs no mail.
void SigningPart::deliver(Turn& turn) {
  while (!turn.waiting.empty()) {
    Parcel parcel = std::move(turn.waiting.front());
    turn.waiting.pop_front();
    if (parcel.to != options_.member) {
      turn.step.parcels.push_back(std::move(parcel));
      continue;
    }
    receive(turn, {turn.world.state.origin(), options_.member, options_.member, parcel.purpose,
                   parcel.session, turn.now, std::move(parcel.body)});
  }
}

void SigningPart::receive(Turn& turn, const RoundMessage& message) {
  switch (message.purpose) {
    case Purpose::kOpen:
      return commit(turn, message.from, message.session, message.body);
    case Purpose::kSigners:
      return sign(turn, message);
    case Purpose::kCommitments:
      return take_commitments(turn, message);
    case Purpose::kShares:
      return take_shares(turn, message);
    case Purpose::kFetch:
    case Purpose::kPrivatePart:
    case Purpose::kAskPart:
      return;
  }
}

// As a signer. The nonces stay here until the coordinator says who signs; it is answered the same if it asks again.
void SigningPart::commit(Turn& turn, const std::string& from, const base::Hash& session,
                         const base::Bytes& body) {
  if (body.size() != 2 * kHashBytes || session_of(turn.world.state.origin(), from, body) != session) return;
  base::Hash name;
  std::copy_n(body.begin(), kHashBytes, name.bytes.begin());
  const SigningJob* const job = find_job(turn.world, name);
  if (job == nullptr) {
    std::deque<Early>& early = early_[from];
    if (std::ranges::find(early, session, &Early::session) != early.end()) return;
    early.push_back({session, body, turn.now});
    if (early.size() > kEarlyPerCoordinator) early.pop_front();
    return;
  }
  // Who is left out opens nothing that others can open as well.
  if (turn.world.begins.value_or(job->begins) == Begins::kInTurn &&
      is_left_out_on_log(turn.world.state, from, turn.now))
    return;
  const charter::GroupKeyEntry* const key = turn.key_of(*job);
  const auto self = key == nullptr ? std::nullopt : charter::identifier_in(*key, options_.member);
  if (!self) return;
  if (const auto there = committed_.find(session); there != committed_.end()) {
    return turn.send(from, Purpose::kCommitments, session,
                     threshold::serialize_commitments(session, *self, there->second.nonces.commitments()));
  }
  // A coordinator that begins a job anew has given the session before up.
  std::erase_if(committed_, [&](const auto& one) {
    return one.second.coordinator == from && one.second.job == job->name;
  });
  const auto open =
      std::ranges::count_if(committed_, [&](const auto& one) { return one.second.coordinator == from; });
  if (static_cast<std::size_t>(open) >= kSessionsPerCoordinator ||
      nonces() + job->messages.size() > kNoncesMax)
    return;
  const auto share = turn.world.share(job->key);
  if (!share) return turn.step.troubles.push_back(share.error());
  if (!*share) return;
  threshold::Nonces fresh =
      threshold::commit((*share)->share.secret(), job->messages.size(), *options_.random, options_.threads);
  turn.send(from, Purpose::kCommitments, session,
            threshold::serialize_commitments(session, *self, fresh.commitments()));
  committed_.emplace(session, Committed{from, job->name, turn.now, std::move(fresh)});
  note_progress(turn, job->name, from, Purpose::kOpen);
}

// As a signer: once for each session, whatever comes of it. The messages are this member's own.
void SigningPart::sign(Turn& turn, const RoundMessage& message) {
  const auto there = committed_.find(message.session);
  if (there == committed_.end() || there->second.coordinator != message.from) return;
  Committed own = std::move(there->second);
  committed_.erase(there);
  const SigningJob* const job = find_job(turn.world, own.job);
  const charter::GroupKeyEntry* const key = job == nullptr ? nullptr : turn.key_of(*job);
  if (key == nullptr) return;
  const std::size_t each = threshold::kSigningHeaderBytes + kCommitmentBytes * job->messages.size();
  if (message.body.empty() || message.body.size() % each != 0 ||
      message.body.size() / each > key->holders.size())
    return;
  std::vector<threshold::SignerCommitments> signers;
  for (std::size_t at = 0; at < message.body.size(); at += each) {
    const base::ByteView one = base::ByteView(message.body).subspan(at, each);
    const auto identifier = Identifier::parse(one.subspan(kIdentifierOffset, kHashBytes));
    if (!identifier) return;
    auto points = threshold::parse_commitments(one, message.session, *identifier, job->messages.size(),
                                               *options_.random);
    if (!points) return turn.step.troubles.push_back(points.error().at("signers named by " + message.from));
    signers.push_back({*identifier, std::move(*points)});
  }
  const auto share = turn.world.share(job->key);
  if (!share) return turn.step.troubles.push_back(share.error());
  if (!*share) return;
  const auto session = threshold::SigningSession::create((*share)->keys, message.session, job->messages,
                                                         std::move(signers), options_.threads);
  if (!session) return turn.step.troubles.push_back(session.error().at("signers named by " + message.from));
  auto shares = threshold::sign(*session, (*share)->share, std::move(own.nonces));
  if (!shares) return turn.step.troubles.push_back(shares.error().at("signers named by " + message.from));
  turn.send(message.from, Purpose::kShares, message.session,
            serialize_stated_shares(*session, *shares,
                                    turn.statement(options_.member, turn.now, *job, key->ceremony),
                                    turn.world.signer));
  note_progress(turn, job->name, message.from, Purpose::kSigners);
}

void SigningPart::note_progress(const Turn& turn, const base::Hash& job, const std::string& coordinator,
                                Purpose what) {
  Seen& seen = seen_.try_emplace(job, Seen{turn.now, {}}).first->second;
  if (seen.from.emplace(coordinator, what).second) seen.last = turn.now;
}

void SigningPart::coordinate(Turn& turn, const SigningJob& job) {
  const charter::GroupKeyEntry* const key = turn.key_of(job);
  const Begins begins = turn.world.begins.value_or(job.begins);
  if (key == nullptr || key->holders.empty() || begins == Begins::kElsewhere) return;
  const bool is_here = begins == Begins::kHere;
  if (!is_here && (!charter::identifier_in(*key, options_.member) ||
                   is_left_out_on_log(turn.world.state, options_.member, turn.now)))
    return;
  const base::EpochSeconds last = seen_.try_emplace(job.name, Seen{turn.now, {}}).first->second.last;
  const auto there = rounds_.find(job.name);
  if (there != rounds_.end()) return pursue(turn, job, there->second);
  const std::size_t rank = is_here ? 0 : rank_of(turn.world.state, *key, job, options_.member, turn.now);
  if (turn.now >= last + base::Seconds(options_.patience.value() * rank)) open(turn, job);
}

void SigningPart::pursue(Turn& turn, const SigningJob& job, Round& round) {
  if (turn.now < round.since + options_.patience) return;
  if (!round.signing) {
    // Enough are there, but somebody who would be better did not come.
    choose(turn, job, round);
    if (round.signing) return;
    if (turn.now >= round.since + kSessionLasts) return open(turn, job, round.failed);
    if (turn.now >= round.asked + options_.patience) ask(turn, job, round);
    return;
  }
  const unsigned doublings = std::min(round.failed, kDoublingsMax);
  if (turn.now < round.since + base::Seconds(options_.patience.value() << doublings)) return;
  for (const threshold::SignerCommitments& signer : round.signing->signers()) {
    if (round.shares.contains(signer.signer)) continue;
    const auto silent = std::ranges::find(round.answers, signer.signer, &Answer::identifier);
    slow_until_[silent->member] = turn.now + kSlowFor;
  }
  open(turn, job, round.failed + 1);
}

void SigningPart::open(Turn& turn, const SigningJob& job, unsigned failed) {
  Round round;
  round.failed = failed;
  round.opening.assign(job.name.bytes.begin(), job.name.bytes.end());
  round.opening.resize(2 * kHashBytes);
  options_.random->fill(std::span(round.opening).last(kHashBytes));
  round.session = session_of(turn.world.state.origin(), options_.member, round.opening);
  round.since = turn.now;
  Round& placed = rounds_[job.name] = std::move(round);
  ask(turn, job, placed);
}

// All holders but those who are left out; who has answered is not asked again.
void SigningPart::ask(Turn& turn, const SigningJob& job, Round& round) {
  round.asked = turn.now;
  const charter::GroupKeyEntry* const key = turn.key_of(job);
  CHECK(key != nullptr);
  for (const std::string& member : key->holders) {
    if (is_left_out(turn, member) ||
        std::ranges::find(round.answers, member, &Answer::member) != round.answers.end())
      continue;
    turn.send(member, Purpose::kOpen, round.session, round.opening);
  }
}

void SigningPart::take_commitments(Turn& turn, const RoundMessage& message) {
  const auto there =
      std::ranges::find_if(rounds_, [&](const auto& one) { return one.second.session == message.session; });
  if (there == rounds_.end() || there->second.signing) return;
  Round& round = there->second;
  const SigningJob* const job = find_job(turn.world, there->first);
  const charter::GroupKeyEntry* const key = job == nullptr ? nullptr : turn.key_of(*job);
  const auto identifier = key == nullptr ? std::nullopt : charter::identifier_in(*key, message.from);
  if (!identifier || is_left_out(turn, message.from) ||
      std::ranges::find(round.answers, message.from, &Answer::member) != round.answers.end())
    return;
  auto points = threshold::parse_commitments(message.body, message.session, *identifier, job->messages.size(),
                                             *options_.random);
  if (!points) {
    slow_until_[message.from] = turn.now + kSlowFor;
    return turn.step.troubles.push_back(points.error().at("commitments of " + message.from));
  }
  round.answers.push_back({message.from, *identifier, message.body, std::move(*points)});
  choose(turn, *job, round);
}

// The first that came; those who were silent before only once the others have had their time.
void SigningPart::choose(Turn& turn, const SigningJob& job, Round& round) {
  const charter::GroupKeyEntry* const key = turn.key_of(job);
  CHECK(key != nullptr);
  const std::size_t needed = key->commitments.size();
  const bool is_late = turn.now >= round.since + options_.patience;
  std::vector<const Answer*> chosen;
  for (const bool slow_ones : {false, true}) {
    for (const Answer& answer : round.answers) {
      if (chosen.size() < needed && is_slow(answer.member, turn.now) == slow_ones &&
          !is_left_out(turn, answer.member))
        chosen.push_back(&answer);
    }
    if (chosen.size() == needed || !is_late) break;
  }
  if (chosen.size() < needed) return;
  const threshold::GroupKeys* const keys = keys_of(*key);
  if (keys == nullptr) return;
  std::vector<threshold::SignerCommitments> signers;
  for (const Answer* const one : chosen) {
    signers.push_back({one->identifier, one->points});
    round.signers.insert(round.signers.end(), one->commitments.begin(), one->commitments.end());
  }
  auto session = threshold::SigningSession::create(*keys, round.session, job.messages, std::move(signers),
                                                   options_.threads);
  if (!session) {
    round.signers.clear();
    return turn.step.troubles.push_back(session.error());
  }
  round.signing = std::move(*session);
  round.sharing = key->ceremony;
  round.since = turn.now;
  for (const Answer* const one : chosen)
    turn.send(one->member, Purpose::kSigners, round.session, round.signers);
}

void SigningPart::take_shares(Turn& turn, const RoundMessage& message) {
  const auto there =
      std::ranges::find_if(rounds_, [&](const auto& one) { return one.second.session == message.session; });
  if (there == rounds_.end() || !there->second.signing) return;
  Round& round = there->second;
  const SigningJob* const job = find_job(turn.world, there->first);
  const charter::GroupKeyEntry* const key = job == nullptr ? nullptr : turn.key_of(*job);
  const auto identifier = key == nullptr ? std::nullopt : charter::identifier_in(*key, message.from);
  if (!identifier || round.shares.contains(*identifier) ||
      round.signing->place_of(*identifier) == round.signing->signers().size())
    return;
  const auto operator_key = operator_key_of(turn.world.state, message.from);
  if (!operator_key) return;
  // A signer that was a resharing ahead or behind answers for shares of another sharing: nobody's fault.
  auto shares =
      parse_stated_shares(message.body, *round.signing, *identifier,
                          turn.statement(message.from, message.time, *job, round.sharing), *operator_key);
  if (!shares) {
    slow_until_[message.from] = turn.now + kSlowFor;
    return turn.step.troubles.push_back(shares.error().at("shares of " + message.from));
  }
  round.shares.emplace(*identifier, std::move(*shares));
  if (round.shares.size() == round.signing->signers().size()) finish(turn, *job, round);
}

void SigningPart::finish(Turn& turn, const SigningJob& job, Round& round) {
  std::vector<threshold::SignerShares> shares;
  for (const auto& [unused, one] : round.shares) shares.push_back(one.shares);
  auto result = threshold::aggregate(*round.signing, shares, *options_.random, options_.threads);
  CHECK(result.has_value());
  if (result->wrong.empty()) {
    turn.step.done.push_back({job.name, std::move(result->signatures)});
    finished_[job.name] = turn.now;
    rounds_.erase(job.name);
    return;
  }
  blame(turn, job, round, *result);
  open(turn, job, round.failed);
}

void SigningPart::blame(Turn& turn, const SigningJob& job, const Round& round,
                        const threshold::Aggregate& result) {
  std::set<Identifier> named;
  for (const threshold::WrongShare& wrong : result.wrong) {
    if (!named.insert(wrong.signer).second) continue;
    const auto answer = std::ranges::find(round.answers, wrong.signer, &Answer::identifier);
    CHECK(answer != round.answers.end());
    const StatedShares& shown = round.shares.at(wrong.signer);
    cheated_until_[answer->member] = turn.now + charter::kLeftOutFor;
    Accusation accusation{{job.name, charter::prove_share(*round.signing, shown.shares, wrong.message,
                                                          shown.statement, shown.signature)},
                          turn.now};
    turn.step.false_shares.push_back(accusation.share);
    accusation.share.is_new = false;
    accusations_.insert_or_assign(answer->member, std::move(accusation));
  }
}

// A record can be lost on its way; the log says when it is not needed any more.
void SigningPart::accuse(Turn& turn) {
  const charter::State& state = turn.world.state;
  // Other shares or another operator key by now: the log would refuse it.
  const auto is_void = [&](const charter::ShareProof& proof) {
    const charter::GroupKeyEntry* const key = state.group_key(proof.key);
    const auto operator_key = operator_key_of(state, proof.member);
    return key == nullptr || key->ceremony != proof.sharing || !operator_key ||
           !charter::verify_wrong_share(proof, state.origin(), *key, *operator_key);
  };
  const auto is_due = [&](const Accusation& one) { return turn.now >= one.told + options_.repeat; };
  std::erase_if(accusations_, [&](const auto& one) {
    const charter::ShareProof& proof = one.second.share.proof;
    return is_left_out_on_log(state, one.first, turn.now) ||
           turn.now >= proof.time + charter::kEvidenceWithin || (is_due(one.second) && is_void(proof));
  });
  for (auto& [member, accusation] : accusations_) {
    if (!is_due(accusation)) continue;
    accusation.told = turn.now;
    turn.step.false_shares.push_back(accusation.share);
  }
}

void SigningPart::forget_old(Turn& turn) {
  const auto is_gone = [&](const base::Hash& name) { return find_job(turn.world, name) == nullptr; };
  std::erase_if(committed_, [&](const auto& one) {
    return is_gone(one.second.job) || turn.now >= one.second.since + kSessionLasts;
  });
  std::erase_if(rounds_, [&](const auto& one) { return is_gone(one.first); });
  std::erase_if(seen_, [&](const auto& one) { return is_gone(one.first); });
  std::erase_if(finished_, [&](const auto& one) { return is_gone(one.first); });
  for (auto& [unused, messages] : early_)
    std::erase_if(messages, [&](const Early& one) { return turn.now >= one.since + kSessionLasts; });
  std::erase_if(early_, [](const auto& one) { return one.second.empty(); });
  std::erase_if(keys_, [&](const auto& one) {
    const charter::GroupKeyEntry* const key = turn.world.state.group_key(one.first.first);
    return key == nullptr || key->ceremony != one.first.second;
  });
}

bool SigningPart::is_left_out(const Turn& turn, const std::string& member) const {
  const auto until = cheated_until_.find(member);
  return (until != cheated_until_.end() && turn.now < until->second) ||
         is_left_out_on_log(turn.world.state, member, turn.now);
}

bool SigningPart::is_slow(const std::string& member, base::EpochSeconds now) const {
  const auto until = slow_until_.find(member);
  return until != slow_until_.end() && now < until->second;
}

std::size_t SigningPart::nonces() const {
  std::size_t sum = 0;
  for (const auto& [unused, one] : committed_) sum += one.nonces.size();
  return sum;
}

const threshold::GroupKeys* SigningPart::keys_of(const charter::GroupKeyEntry& entry) {
  const std::pair name(crypto::PublicKey{entry.commitments.front()}, entry.ceremony);
  if (const auto known = keys_.find(name); known != keys_.end()) return &known->second;
  auto keys = charter::group_keys_of(entry);
  return keys ? &keys_.emplace(name, std::move(*keys)).first->second : nullptr;
}

}  // namespace replica
