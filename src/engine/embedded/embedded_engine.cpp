#include "engine/embedded/embedded_engine.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "base/check.h"
#include "note/checkpoint.h"

namespace engine {

using base::Error;
using base::Result;
using registry::ApplicationInfo;
using registry::Submission;

namespace {

/// Of so young a block the rules are asked before another one is made. What time alone could cure meanwhile waits no
/// longer than this, and who hands in nothing but refusals makes the log no longer than the hub's own ticking does.
constexpr base::Seconds kRefusalsHold(60);

// What the rules say of each leaf as of the last block; nothing as soon as one of them would be taken.
std::optional<std::vector<Error>> all_refused(registry::Application& sequencer,
                                              const std::vector<std::string>& leaves) {
  std::vector<Error> refusals;
  for (const std::string& leaf : leaves) {
    Result<void> checked = sequencer.check(leaf);
    if (checked || registry::asks_for_next_block(checked.error())) return std::nullopt;
    refusals.push_back(std::move(checked).error());
  }
  return refusals;
}

}  // namespace

struct EmbeddedEngine::Waiting {
  std::string leaf;
  std::optional<Result<Submission>> answer;
};

EmbeddedEngine::EmbeddedEngine(std::vector<Seat> seats, note::Signer log_key, EmbeddedOptions options)
    : seats_(std::move(seats)),
      stopped_(seats_.size()),
      log_key_(std::move(log_key)),
      options_(std::move(options)) {
  CHECK(!seats_.empty());
}

EmbeddedEngine::~EmbeddedEngine() = default;

std::vector<Result<Submission>> EmbeddedEngine::submit(std::vector<std::string> leaves) {
  std::vector<WaitingPointer> mine;
  mine.reserve(leaves.size());
  for (std::string& leaf : leaves)
    mine.push_back(std::make_shared<Waiting>(Waiting{std::move(leaf), std::nullopt}));

  std::unique_lock lock(mutex_);
  queue_.insert(queue_.end(), mine.begin(), mine.end());
  const auto is_answered = [](const WaitingPointer& waiting) { return waiting->answer.has_value(); };
  // Whoever finds the engine idle runs the next block for everybody; who has all answers leaves the engine to
  // the others, so nobody works for ever for those who come later.
  while (!std::ranges::all_of(mine, is_answered)) {
    if (running_) {
      changed_.wait(lock);
    } else {
      run_next_block(lock);
    }
  }
  std::vector<Result<Submission>> answers;
  answers.reserve(mine.size());
  for (const WaitingPointer& waiting : mine) answers.push_back(std::move(*waiting->answer));
  return answers;
}

// What arrives during a block's syncs is taken together into the next one, so the cost of a sync is shared.
void EmbeddedEngine::run_next_block(std::unique_lock<std::mutex>& lock) {
  running_ = true;
  const std::vector<WaitingPointer> block = take_block();
  lock.unlock();
  Answers answers = run_block(block);
  lock.lock();
  for (std::size_t i = block.size(); i-- > 0;) {
    if (answers[i]) {
      block[i]->answer = std::move(*answers[i]);
    } else {
      queue_.push_front(block[i]);  // did not fit its block: first in the next one
    }
  }
  running_ = false;
  changed_.notify_all();
}

std::vector<EmbeddedEngine::WaitingPointer> EmbeddedEngine::take_block() {
  std::vector<std::string_view> candidates;
  candidates.reserve(queue_.size());
  for (const WaitingPointer& waiting : queue_) candidates.emplace_back(waiting->leaf);
  const std::vector<std::size_t> picks = seats_.front().application->prepare(candidates);
  CHECK(!picks.empty());
  std::vector<WaitingPointer> block;
  block.reserve(picks.size());
  for (const std::size_t pick : picks) block.push_back(std::exchange(queue_[pick], nullptr));
  std::erase(queue_, nullptr);
  return block;
}

EmbeddedEngine::Answers EmbeddedEngine::run_block(const std::vector<WaitingPointer>& block) {
  Answers answers(block.size());
  const base::EpochSeconds time = std::max(seats_.front().application->info().time, options_.clock->now());
  if (const Result<ApplicationInfo> done = execute(block, time, answers); !done) {
    for (std::optional<Result<Submission>>& answer : answers) {
      if (!answer) answer = std::unexpected(done.error());
    }
  }
  return answers;
}

// Between two blocks, with everybody else waiting.
template <typename Work>
auto EmbeddedEngine::run_alone(const Work& work) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !running_; });
  running_ = true;
  lock.unlock();
  auto done = work();
  lock.lock();
  running_ = false;
  changed_.notify_all();
  return done;
}

Result<ApplicationInfo> EmbeddedEngine::tick(base::EpochSeconds time) {
  return run_alone([&] {
    Answers none;
    return execute({}, time, none);
  });
}

// The sequencer executes and makes durable first; only then do the others see the block. A crash in between
// leaves a block that nobody else knows, which start-up publishes. A leaf without an answer goes into the
// next block.
Result<ApplicationInfo> EmbeddedEngine::execute(const std::vector<WaitingPointer>& block,
                                                base::EpochSeconds time, Answers& answers) {
  registry::Application& sequencer = *seats_.front().application;
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_.front()) return std::unexpected(*stopped_.front());
  }
  if (uncounted_) {
    if (const Result<void> counted = settle(); !counted) {
      if (!(counted.error().kind() == kNotCounted)) return std::unexpected(counted.error());
      return base::fail(kQuorumMissing,
                        "nothing was taken, the block before still waits: " + counted.error().detail());
    }
  }
  ApplicationInfo last = sequencer.info();
  registry::BlockInput input{last.height.next(), time, {}};
  for (const WaitingPointer& waiting : block) input.leaves.push_back(waiting->leaf);
  // A record that is refused leaves no trace: anybody may hand one in, so none is worth a block of its own.
  if (!block.empty() && time < last.time + kRefusalsHold) {
    if (auto refusals = all_refused(sequencer, input.leaves)) {
      for (std::size_t i = 0; i < block.size(); ++i) answers[i] = std::unexpected(std::move((*refusals)[i]));
      return last;
    }
  }
  TRY(sequencer.process(input));

  Result<registry::BlockOutcome> outcome = sequencer.finalize(input);
  Result<ApplicationInfo> info =
      outcome ? sequencer.commit() : Result<ApplicationInfo>(std::unexpected(outcome.error()));
  if (!info) {
    stop_seat(0, info.error());
    return info;
  }
  registry::BlockInput accepted{input.height, input.time, {}};
  for (std::size_t i = 0; i < block.size(); ++i) {
    if (!outcome->outcomes[i]) accepted.leaves.push_back(std::move(input.leaves[i]));
  }
  const Result<void> published = follow_and_publish(accepted, *outcome, *info);

  std::uint64_t index = info->size.value() - 1 - accepted.leaves.size();
  for (std::size_t i = 0; i < block.size(); ++i) {
    std::optional<Error>& refusal = outcome->outcomes[i];
    if (!refusal) {
      const Submission done{base::LeafIndex(index++), info->size};
      answers[i] = published ? Result<Submission>(done) : std::unexpected(published.error());
    } else if (!registry::asks_for_next_block(*refusal)) {
      answers[i] = std::unexpected(std::move(*refusal));
    }
  }
  if (!published) return std::unexpected(published.error());
  return info;
}

Result<void> EmbeddedEngine::follow_and_publish(const registry::BlockInput& accepted,
                                                const registry::BlockOutcome& expected,
                                                const ApplicationInfo& info) {
  const auto follow = [&](std::size_t seat) -> Result<void> {
    registry::Application& application = *seats_[seat].application;
    TRY(application.process(accepted));
    ASSIGN_OR_RETURN(const registry::BlockOutcome own, application.finalize(accepted));
    for (const auto& refusal : own.outcomes) {
      if (refusal) return std::unexpected(refusal->at("the sequencer took a record that the rules refuse"));
    }
    if (own.block_record != expected.block_record) {
      return base::fail(kDiverged, "height " + std::to_string(accepted.height.value()) +
                                       ": the sequencer's block record differs from the one computed here");
    }
    TRY(application.commit());
    return {};
  };
  return collect(info, follow);
}

Result<void> EmbeddedEngine::ask_again() {
  const ApplicationInfo info = seats_.front().application->info();
  return collect(info, [](std::size_t) -> Result<void> { return {}; });
}

// A block waits for its quorum, and somebody wants the next one. Members elsewhere have been asked and stay
// asked; whoever submits is told at once and not kept waiting for them.
Result<void> EmbeddedEngine::settle() {
  if (options_.remote == nullptr || !newest_) return ask_again();
  merge_newer(newest_->lines, options_.remote->collected());
  return assemble_and_publish();
}

Result<void> EmbeddedEngine::publish_checkpoint() {
  return run_alone([&] { return ask_again(); });
}

Result<void> EmbeddedEngine::collect(const ApplicationInfo& info,
                                     const std::function<Result<void>(std::size_t)>& follow) {
  Newest newest;
  newest.checkpoint = {options_.origin, info.size, info.root};
  newest.body = note::serialize_checkpoint(newest.checkpoint);
  newest.quorums = info.quorums;
  newest.lines = collect_lines(info, newest.body, follow);
  newest.log_line = note::sign_checkpoint(newest.checkpoint, log_key_);
  if (newest_ && newest_->body == newest.body) {
    newest.outside = std::move(newest_->outside);
    newest.published = std::move(newest_->published);
  }
  // The same checkpoint again stays counted while its lines are renewed.
  if (newest.published.empty()) uncounted_ = true;
  newest_ = std::move(newest);
  if (options_.remote != nullptr && !is_stopped(0)) {
    merge_newer(newest_->lines, options_.remote->collect({newest_->checkpoint, newest_->log_line,
                                                          newest_->lines, newest_->quorums}));
  }
  return assemble_and_publish();
}

Result<void> EmbeddedEngine::assemble_and_publish() {
  auto chosen = choose_cosignatures(newest_->lines, newest_->quorums);
  if (!chosen) {
    // Who gave none, and why: without it nobody could tell a full disk from a dispute.
    std::string detail =
        "size " + std::to_string(newest_->checkpoint.size.value()) + ": " + chosen.error().detail();
    for (const StoppedSeat& seat : stopped()) detail += "; " + seat.member + ": " + seat.reason.message();
    return base::fail(kNotCounted, std::move(detail));
  }
  chosen->push_back(newest_->log_line);
  ASSIGN_OR_RETURN(std::string text, note::assemble_checkpoint(newest_->checkpoint, *chosen));
  for (const std::string& line : newest_->outside) {
    // One that does not fit any more is left out: the members' lines go first.
    if (auto merged = note::merge_cosignatures(text, {&line, 1})) text = std::move(*merged);
  }
  if (text != newest_->published) TRY(publish(text));
  newest_->published = text;
  uncounted_ = false;
  return {};
}

Result<void> EmbeddedEngine::publish_late_lines() {
  return run_alone([&]() -> Result<void> {
    if (!newest_ || options_.remote == nullptr) return {};
    merge_newer(newest_->lines, options_.remote->collected());
    return assemble_and_publish();
  });
}

Result<void> EmbeddedEngine::add_outside_lines(std::string_view checkpoint_body,
                                               const std::vector<std::string>& lines) {
  return run_alone([&]() -> Result<void> {
    if (!newest_ || newest_->body != checkpoint_body || newest_->published.empty()) {
      return base::fail(kNotCounted, "another checkpoint stands here by now");
    }
    for (const std::string& line : lines) {
      ASSIGN_OR_RETURN(const std::string merged, note::merge_cosignatures(newest_->published, {&line, 1}));
      if (merged != newest_->published) newest_->outside.push_back(line);
    }
    // The last ones are the latest; more than a checkpoint holds are of no use.
    while (newest_->outside.size() > kCosignaturesMax) newest_->outside.erase(newest_->outside.begin());
    return assemble_and_publish();
  });
}

void EmbeddedEngine::between_blocks(const std::function<void(registry::Application&)>& work) {
  run_alone([&] {
    work(*seats_.front().application);
    return true;
  });
}

bool EmbeddedEngine::is_waiting_for_quorum() const {
  return uncounted_;
}

std::vector<Cosignature> EmbeddedEngine::collect_lines(
    const ApplicationInfo& info, const std::string& body,
    const std::function<Result<void>(std::size_t)>& follow) {
  std::vector<std::optional<Result<Cosignature>>> lines(seats_.size());
  const auto work = [&](std::size_t seat) -> Result<Cosignature> {
    if (seat > 0) TRY(follow(seat));
    ASSIGN_OR_RETURN(std::string line, seats_[seat].cosigner->cosign(body));
    return verify_line(body, std::move(line), info.quorums);
  };
  run_seats([&](std::size_t seat) { lines[seat] = work(seat); });
  std::vector<Cosignature> offered;
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
    if (!lines[seat]) continue;
    if (*lines[seat]) {
      offered.push_back(std::move(**lines[seat]));
    } else if (!(lines[seat]->error().kind() == registry::kNotSeated)) {
      stop_seat(seat, lines[seat]->error());
    }
  }
  return offered;
}

// Only what counts gets here, so nothing that counts is ever replaced by less.
Result<void> EmbeddedEngine::publish(const std::string& checkpoint) {
  std::vector<std::optional<Error>> failed(seats_.size());
  run_seats([&](std::size_t seat) {
    if (const Result<void> stored = seats_[seat].cosigner->accept_checkpoint(checkpoint); !stored)
      failed[seat] = stored.error();
  });
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
    if (failed[seat]) stop_seat(seat, *failed[seat]);
  }
  if (failed.front()) return std::unexpected(*failed.front());
  if (options_.published) TRY(options_.published(checkpoint));
  if (options_.remote != nullptr) options_.remote->published(checkpoint);
  return {};
}

// The sequencer's own part runs on the caller's thread, the others beside it.
void EmbeddedEngine::run_seats(const std::function<void(std::size_t)>& work) {
  std::vector<std::jthread> others;
  for (std::size_t seat = 1; seat < seats_.size(); ++seat) {
    if (is_stopped(seat)) continue;
    if (!options_.parallel) {
      work(seat);
    } else {
      others.emplace_back(work, seat);
    }
  }
  if (!is_stopped(0)) work(0);
}

bool EmbeddedEngine::is_stopped(std::size_t seat) const {
  const std::scoped_lock lock(mutex_);
  return stopped_[seat] != nullptr;
}

void EmbeddedEngine::stop_seat(std::size_t seat, const Error& reason) {
  const std::scoped_lock lock(mutex_);
  if (!stopped_[seat]) stopped_[seat] = std::make_unique<Error>(reason);
}

std::vector<EmbeddedEngine::StoppedSeat> EmbeddedEngine::stopped() const {
  const std::scoped_lock lock(mutex_);
  std::vector<StoppedSeat> seats;
  for (std::size_t seat = 0; seat < seats_.size(); ++seat) {
    if (stopped_[seat]) seats.push_back({seats_[seat].member, *stopped_[seat]});
  }
  return seats;
}

}  // namespace engine
