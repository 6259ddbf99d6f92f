#include "apps/rounds_in_folder.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <thread>
#include <utility>

#include "apps/round_seats.h"
#include "os/system_random.h"
#include "record/record.h"
#include "replica/ceremony_part.h"
#include "replica/round_message.h"
#include "storage/checkpoint_file.h"

namespace apps {
namespace {

using base::Result;

/// A ceremony takes about four turns, a release six; an attempt that fails begins again.
constexpr int kTurnsMax = 400;

// Everything that happens in one call.
class Play {
 public:
  Play(Session& session, RoundSeats& seats) : session_(&session), seats_(&seats) {}

  std::vector<std::string> run() {
    for (int turn = 0; turn < kTurnsMax; ++turn) {
      if (!load_checkpoint()) break;
      if (!seats_->is_busy(view()) && turn > 0) break;
      did_something_ = false;
      for (std::size_t seat = 0; seat < seats_->size(); ++seat) carry_out(seats_->step(seat, view()));
      deliver();
      submit();
      if (!did_something_) break;
    }
    return std::move(remarks_);
  }

 private:
  SeatView view() const { return {session_->registry(), checkpoint_}; }

  bool load_checkpoint() {
    const auto text = storage::load_checkpoint(session_->files(), session_->folder().layout.log_folder());
    if (!text) {
      remarks_.push_back(text.error().message());
      return false;
    }
    checkpoint_ = base::as_text(*text);
    return true;
  }

  void carry_out(SeatStep step) {
    for (const base::Error& error : step.troubles) remarks_.push_back(error.message());
    std::ranges::move(step.remarks, std::back_inserter(remarks_));
    std::ranges::move(step.mail, std::back_inserter(mail_));
    std::ranges::move(step.leaves, std::back_inserter(leaves_));
    for (const replica::LogLine& line : step.log_lines) {
      did_something_ = true;
      if (const auto added = session_->engine().add_outside_lines(line.body, {line.line}); !added)
        remarks_.push_back(added.error().message());
    }
  }

  void deliver() {
    while (!mail_.empty()) {
      did_something_ = true;
      for (const std::string& text : std::exchange(mail_, {})) {
        const auto message = replica::parse_round_message(text);
        if (!message) continue;
        for (std::size_t seat = 0; seat < seats_->size(); ++seat) {
          if (seats_->member(seat) == message->to) carry_out(seats_->take(seat, view(), text));
        }
      }
    }
  }

  // What is refused was brought by somebody else meanwhile.
  void submit() {
    if (leaves_.empty()) return;
    std::vector<std::string> leaves = std::exchange(leaves_, {});
    const std::vector<std::string> kept = leaves;
    const auto done = session_->submit(std::move(leaves));
    for (std::size_t i = 0; i < done.size(); ++i) {
      if (!done[i]) continue;
      did_something_ = true;
      const auto record = record::Record::parse(std::string_view(kept[i]));
      const auto part = record ? replica::private_part_in(*record) : std::nullopt;
      if (!part) continue;
      for (std::size_t seat = 0; seat < seats_->size(); ++seat) seats_->take_part(seat, view(), *part);
    }
  }

  Session* session_;
  RoundSeats* seats_;
  std::string checkpoint_;
  std::vector<std::string> mail_, leaves_, remarks_;
  bool did_something_ = false;
};

bool is_anything_to_do(const registry::Registry& registry) {
  return !registry.charter().ceremonies().empty() || !registry.charter().group_keys().empty();
}

}  // namespace

std::vector<std::string> play_rounds(Session& session) {
  if (!session.folder().settings.is_shared() || !is_anything_to_do(session.registry())) return {};
  os::SystemRandom random;
  auto seats = RoundSeats::open({&session.files(), &session.clock(), &random, &session.folder(),
                                 std::max(1U, std::thread::hardware_concurrency()), base::Seconds(10),
                                 base::Seconds(21'600), replica::Begins::kHere});
  if (!seats) return {seats.error().message()};
  return Play(session, **seats).run();
}

}  // namespace apps
