// The embedded engine: one sequencer orders the records, every seat executes them for itself. Group commit:
// what arrives while a block is being made durable goes into the next one together. Safety does not rest
// here: a seat cosigns only what it executed, and nothing counts without a quorum of cosignatures. A
// checkpoint that does not count is not published, and no block is ordered upon one: at most one block waits
// for its quorum, so that a step from one set of members to the next is never passed by. Format:
// docs/formats/log.md
#pragma once

#include <atomic>
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
#include "engine/remote_cosigners.h"
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
  /// Members on other machines; null if all sit here.
  RemoteCosigners* remote = nullptr;
};

/// Threads: submit and tick from any thread.
class EmbeddedEngine final : public registry::Engine {
 public:
  /// `seats` and what they point to outlive the engine; all seats stand at the same block.
  EmbeddedEngine(std::vector<Seat> seats, note::Signer log_key, EmbeddedOptions options);
  ~EmbeddedEngine() override;

  /// Errors, each leaf's own: the rules' refusal; kNotCounted and those of the disk (the record may be on the
  /// log: submitting it again answers that); kQuorumMissing (nothing was taken: the block before still waits).
  std::vector<base::Result<registry::Submission>> submit(std::vector<std::string> leaves) override;
  base::Result<registry::ApplicationInfo> tick(base::EpochSeconds time) override;
  /// Signs, collects cosignatures for and publishes the sequencer's last block again: after a crash between
  /// commit and checkpoint, or to refresh the time that cosignatures speak for.
  /// Errors: kNotCounted; the published checkpoint stays as it was. Threads: any; waits for the block that
  /// runs.
  base::Result<void> publish_checkpoint();
  /// Publishes the last checkpoint again with the lines that came for it since, if it counts and there are
  /// any. Nobody signs anew.   Errors: as publish_checkpoint.   Threads: any.
  base::Result<void> publish_late_lines();
  /// Lines of witnesses that are no members, over the checkpoint of this body: published after the members'
  /// as far as they fit. The caller has verified them. They are dropped once another checkpoint comes.
  /// Errors: kNotCounted (no such checkpoint is published), those of publishing.   Threads: any.
  base::Result<void> add_outside_lines(std::string_view checkpoint_body,
                                       const std::vector<std::string>& lines);
  /// Runs `work` while no block runs: for looking at the sequencer's replica, or storing a snapshot.
  /// Threads: any.
  void between_blocks(const std::function<void(registry::Application& sequencer)>& work);
  /// True while the last block's checkpoint does not count.   Threads: any.
  bool is_waiting_for_quorum() const;

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

  // The newest checkpoint and what was collected for it; owned by whoever runs.
  struct Newest {
    note::Checkpoint checkpoint;
    std::string body;
    std::string log_line;
    std::vector<Cosignature> lines;    // made here, and by members elsewhere
    std::vector<std::string> outside;  // of witnesses that are no members
    std::vector<registry::CosignerQuorum> quorums;
    std::string published;
  };

  template <typename Work>
  auto run_alone(const Work& work);
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
  base::Result<void> ask_again();
  base::Result<void> settle();
  base::Result<void> assemble_and_publish();
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
  std::atomic<bool> uncounted_ = false;  // the last block's checkpoint is not published yet
  std::optional<Newest> newest_;         // whoever runs owns it
};

inline constexpr base::ErrorKind kQuorumMissing{"quorum-missing", base::Category::kUnavailable,
                                                "docs/formats/hub.md"};
inline constexpr base::ErrorKind kDiverged{"diverged", base::Category::kCorrupt, "docs/formats/log.md"};

}  // namespace engine
