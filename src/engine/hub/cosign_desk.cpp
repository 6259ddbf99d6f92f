#include "engine/hub/cosign_desk.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "note/signed_note.h"

namespace engine {

using base::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct CosignDesk::Present {
  note::Checkpoint checkpoint;
  std::string body;
  std::string text;                ///< the signed checkpoint that members see
  std::vector<Cosignature> given;  ///< made beside the engine: they count for the quorum
  std::vector<registry::CosignerQuorum> quorums;
};

namespace {

// What members see: the log's line and those made beside the engine.
std::string shown(const CheckpointOffer& offer) {
  std::vector<std::string> lines{offer.log_line};
  for (const Cosignature& line : offer.lines) {
    if (lines.size() < base::kCheckpointSignaturesMax) lines.push_back(line.line);
  }
  auto text = note::assemble_checkpoint(offer.checkpoint, lines);
  CHECK(text);
  return std::move(*text);
}

}  // namespace

CosignDesk::CosignDesk(CosignDeskOptions options)
    : options_(std::move(options)),
      round_(options_.first_round),
      offer_(options_.first_round.value()),
      timer_([this](const std::stop_token& stop) { run_timer(stop); }) {}

CosignDesk::~CosignDesk() {
  stop();
  timer_.request_stop();
  timer_.join();
  for (Asking& asking : asking_) asking.answer(nullptr);
}

void CosignDesk::set_patience(std::chrono::milliseconds patience) {
  const std::scoped_lock lock(mutex_);
  options_.patience = patience;
}

void CosignDesk::stop() {
  const std::scoped_lock lock(mutex_);
  is_stopped_ = true;
  changed_.notify_all();
}

bool CosignDesk::is_stopped() const {
  const std::scoped_lock lock(mutex_);
  return is_stopped_;
}

bool CosignDesk::is_met() const {
  std::vector<Cosignature> lines = present_->given;
  merge_newer(lines, lines_);
  return check_quorums(lines, present_->quorums).has_value();
}

std::vector<Cosignature> CosignDesk::collect(const CheckpointOffer& offer) {
  auto present = std::make_shared<Present>();
  present->checkpoint = offer.checkpoint;
  present->body = note::serialize_checkpoint(offer.checkpoint);
  present->text = shown(offer);
  present->given = offer.lines;
  present->quorums = offer.quorums;

  std::unique_lock lock(mutex_);
  // Lines for the same checkpoint stay: asking again makes them younger, it does not make them less.
  if (present_ == nullptr || present_->body != present->body) lines_.clear();
  present_ = std::move(present);
  offer_ = offer_.next();
  const std::vector<Answer> answers = change_round();
  const Text text = text_;
  lock.unlock();
  for (const Answer& answer : answers) answer(text);
  lock.lock();
  if (options_.instead_of_waiting) {
    while (!is_met()) {
      lock.unlock();
      const bool goes_on = options_.instead_of_waiting();
      lock.lock();
      if (!goes_on) break;
    }
  } else {
    changed_.wait_for(lock, options_.patience, [this] { return is_stopped_ || is_met(); });
  }
  has_news_ = false;
  return lines_;
}

std::vector<Cosignature> CosignDesk::collected() const {
  const std::scoped_lock lock(mutex_);
  has_news_ = false;
  return lines_;
}

// Those who wait are told, so that they fetch what counts now.
void CosignDesk::published(const std::string& checkpoint) {
  const auto parsed = note::parse_signed_checkpoint(checkpoint);
  CHECK(parsed);
  std::unique_lock lock(mutex_);
  if (published_ == checkpoint) return;
  published_ = checkpoint;
  counted_ = parsed->checkpoint.size;
  if (present_ == nullptr) return;
  const std::vector<Answer> answers = change_round();
  const Text text = text_;
  lock.unlock();
  for (const Answer& answer : answers) answer(text);
}

// The caller holds the lock, and calls the answers without it.
std::vector<CosignDesk::Answer> CosignDesk::change_round() {
  round_ = round_.next();
  text_ = std::make_shared<const std::string>(
      note::serialize_proposed({present_->checkpoint.origin, round_, offer_, counted_, present_->text}));
  std::vector<Answer> answers;
  answers.reserve(asking_.size());
  for (Asking& asking : asking_) answers.push_back(std::move(asking.answer));
  asking_.clear();
  return answers;
}

CosignDesk::Text CosignDesk::proposed() const {
  const std::scoped_lock lock(mutex_);
  return text_;
}

void CosignDesk::ask(std::optional<note::Round> after, milliseconds wait, Answer answer) {
  std::unique_lock lock(mutex_);
  const bool has_news = text_ != nullptr && (!after || *after != round_);
  if (!has_news && asking_.size() < kWaitingMax && wait > milliseconds(0) && !is_stopped_) {
    asking_.push_back({steady_clock::now() + std::min(wait, kWaitMax), std::move(answer)});
    changed_.notify_all();
    return;
  }
  const Text text = has_news ? text_ : nullptr;
  lock.unlock();
  answer(text);
}

// Answers those whose time is over.
void CosignDesk::run_timer(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto now = steady_clock::now();
    std::vector<Answer> over;
    std::erase_if(asking_, [&](Asking& asking) {
      if (asking.until > now && !is_stopped_) return false;
      over.push_back(std::move(asking.answer));
      return true;
    });
    if (!over.empty()) {
      lock.unlock();
      for (const Answer& answer : over) answer(nullptr);
      lock.lock();
      continue;
    }
    auto next = now + kWaitMax;
    for (const Asking& asking : asking_) next = std::min(next, asking.until);
    const std::size_t known = asking_.size();
    changed_.wait_until(lock, stop, next,
                        [&] { return asking_.size() > known || (is_stopped_ && known > 0); });
  }
}

Result<void> CosignDesk::add(std::string_view note) {
  std::shared_ptr<const Present> present;
  {
    const std::scoped_lock lock(mutex_);
    present = present_;
  }
  const auto judge = [&]() -> Result<Cosignature> {
    ASSIGN_OR_RETURN(const note::SignedCheckpoint parsed, note::parse_signed_checkpoint(note));
    if (present == nullptr || parsed.note.text != present->body) {
      return base::fail(kNotOffered, "size " + std::to_string(parsed.checkpoint.size.value()));
    }
    if (parsed.note.signatures.size() != 1) return base::fail(note::kBadNote, "one signature line expected");
    ASSIGN_OR_RETURN(Cosignature line,
                     verify_line(present->body, std::string(parsed.note.signatures.front().line) + "\n",
                                 present->quorums));
    if (!line.counts()) return base::fail(kUnknownCosigner, line.signer);
    return line;
  };
  Result<Cosignature> line = judge();
  const std::scoped_lock lock(mutex_);
  if (line && present_->body != present->body) line = base::fail(kNotOffered, "it was replaced just now");
  if (!line) {
    ++counters_.lines_refused;
    return std::unexpected(line.error());
  }
  ++counters_.lines_taken;
  const std::vector<Cosignature> before = lines_;
  merge_newer(lines_, {*line});
  const auto is_new = [&](const Cosignature& one) {
    return std::ranges::none_of(before, [&](const Cosignature& old) { return old.line == one.line; });
  };
  if (std::ranges::any_of(lines_, is_new)) {
    has_news_ = true;
    changed_.notify_all();
  }
  return {};
}

bool CosignDesk::has_news() const {
  const std::scoped_lock lock(mutex_);
  return has_news_;
}

bool CosignDesk::wait_for_news(milliseconds wait) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, wait, [this] { return has_news_ || is_stopped_; }) && has_news_;
}

CosignDesk::Counters CosignDesk::counters() const {
  const std::scoped_lock lock(mutex_);
  Counters counters = counters_;
  counters.waiting = asking_.size();
  return counters;
}

}  // namespace engine
