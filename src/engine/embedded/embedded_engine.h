// The embedded engine: one sequencer orders the records, every seat executes them for itself. Group commit:
// what arrives while a block is being made durable goes into the next one together. Safety does not rest
// here: a seat cosigns only what it executed, and nothing counts without a quorum of cosignatures. A
// checkpoint that does not count is not published, and no block is ordered upon one: at most one block waits
// for its quorum, so that a step from one set of members to the next is never passed by. Format:
// docs/formats/log.md
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/cosignatures.h"
#include "note/key.h"
#include "registry/ordering.h"

namespace engine {

/// One replica at the table. The first seat is the sequencer's.
struct Seat {
  std::string member;
  registry::Application* application;
  registry::Cosigner* cosigner;
};

struct EmbeddedOptions {
  std::string origin;
  const base::Clock* clock;
  /// Called with each published checkpoint while the seats still stand at it, before the next block.
  std::function<base::Result<void>(const std::string& checkpoint)> published;
  /// One thread a seat; off: one seat after the other, in order, for simulations that must repeat exactly.
  bool parallel = true;
};

/// Threads: submit and tick from any thread.
class EmbeddedEngine final : public registry::Engine {
 public:
  /// `seats` and what they point to outlive the engine; all seats stand at the same block.
  EmbeddedEngine(std::vector<Seat> seats, note::Signer log_key, EmbeddedOptions options);
  ~EmbeddedEngine() override;

  /// Errors, each leaf's own: the rules' refusal; kNotCounted and those of the disk (the record may be on the
  /// log: submitting it again answers that).
  std::vector<base::Result<registry::Submission>> submit(std::vector<std::string> leaves) override;
  base::Result<registry::ApplicationInfo> tick(base::EpochSeconds time) override;
  /// Signs, collects cosignatures for and publishes the sequencer's last block again: after a crash between
  /// commit and checkpoint, or to refresh the time that cosignatures speak for.
  /// Errors: kNotCounted; the published checkpoint stays as it was. Threads: while no submit or tick runs.
  base::Result<void> publish_checkpoint();

  /// Seats that stopped cosigning, each with its reason.
  struct StoppedSeat {
    std::string member;
    base::Error reason;
  };
  std::vector<StoppedSeat> stopped() const;

 private:
  struct Waiting;
  using WaitingPointer = std::shared_ptr<Waiting>;

  using Answers = std::vector<std::optional<base::Result<registry::Submission>>>;

  void run_next_block(std::unique_lock<std::mutex>& lock);
  std::vector<WaitingPointer> take_block();
  Answers run_block(const std::vector<WaitingPointer>& block);
  base::Result<registry::ApplicationInfo> execute(const std::vector<WaitingPointer>& block,
                                                  base::EpochSeconds time, Answers& answers);
  base::Result<void> follow_and_publish(const registry::BlockInput& accepted,
                                        const registry::BlockOutcome& expected,
                                        const registry::ApplicationInfo& info);
  base::Result<void> collect(const registry::ApplicationInfo& info,
                             const std::function<base::Result<void>(std::size_t)>& follow);
  std::vector<Cosignature> collect_lines(const registry::ApplicationInfo& info, const std::string& body,
                                         const std::function<base::Result<void>(std::size_t)>& follow);
  base::Result<void> publish(const std::string& checkpoint);
  void run_seats(const std::function<void(std::size_t)>& work);
  bool is_stopped(std::size_t seat) const;
  void stop_seat(std::size_t seat, const base::Error& reason);

  std::vector<Seat> seats_;
  std::vector<std::unique_ptr<base::Error>> stopped_;  // per seat; guarded by mutex_
  note::Signer log_key_;
  EmbeddedOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<WaitingPointer> queue_;
  bool running_ = false;
  bool uncounted_ = false;  // the last block's checkpoint is not published yet; whoever runs owns it
};

inline constexpr base::ErrorKind kDiverged{"diverged", base::Category::kCorrupt, "docs/formats/log.md"};

}  // namespace engine
