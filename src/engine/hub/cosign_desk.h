// The hub's notice board: the checkpoint that members elsewhere are asked to cosign hangs here, and their
// lines are taken here. Every line is verified at once and judged by the quorums of that checkpoint alone;
// what is for another checkpoint, of an unknown key, or not a signature is refused. The desk believes
// nobody, and whoever can read it may: it shows what the log key has signed already. Format:
// docs/formats/hub.md
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "engine/remote_cosigners.h"
#include "note/proposed.h"

namespace engine {

struct CosignDeskOptions {
  /// How long collect() waits for a quorum. The offer stands afterwards all the same.
  std::chrono::milliseconds patience{10'000};
  /// Number of the first round, and offer; a hub that starts again does not begin with one that members have
  /// seen (the present time in seconds will do).
  note::Round first_round{1};
  /// Called in place of waiting, until it answers false: for simulations that must repeat exactly.
  std::function<bool()> instead_of_waiting;
};

/// Threads: any. Callbacks run without the desk's lock, on the thread that caused them or the desk's own.
class CosignDesk final : public RemoteCosigners {
 public:
  explicit CosignDesk(CosignDeskOptions options);
  ~CosignDesk() override;  ///< answers everybody who waits with nothing

  // For the engine.
  std::vector<Cosignature> collect(const CheckpointOffer& offer) override;
  std::vector<Cosignature> collected() const override;
  void published(const std::string& checkpoint) override;

  // For members.
  /// A text of docs/formats/hub.md#proposed, or null.
  using Text = std::shared_ptr<const std::string>;
  /// What hangs here; null if nothing was offered yet.
  Text proposed() const;
  /// Answers exactly once: at once if the present round is another one than `after` (nullopt: any), else when
  /// it changes; null when `wait` is over, or at once if too many wait. Shapes: wait is cut to kWaitMax.
  using Answer = std::function<void(Text)>;
  void ask(std::optional<note::Round> after, std::chrono::milliseconds wait, Answer answer);
  /// Takes a cosignature: a signed note of the checkpoint's body and exactly one line. The same line again,
  /// or an older one of its key, is taken and changes nothing.
  /// Errors: note::kBadNote and its kin; kNotOffered (another checkpoint than the one that hangs here);
  /// kUnknownCosigner; note::kBadSignature.   Cost: about 50 us.
  base::Result<void> add(std::string_view note);

  /// Lines for the present offer that came since the last collect() or collected(): is there anything to
  /// publish?
  bool has_news() const;
  /// Waits for news or until `wait` is over.
  bool wait_for_news(std::chrono::milliseconds wait) const;
  /// How long the next collect() waits: not at all while nobody can answer here yet.
  void set_patience(std::chrono::milliseconds patience);
  /// No collect() waits any more, now or later: the hub is closing.
  void stop();
  bool is_stopped() const;

  struct Counters {
    std::uint64_t lines_taken = 0;
    std::uint64_t lines_refused = 0;
    std::size_t waiting = 0;
  };
  Counters counters() const;

  static constexpr std::chrono::milliseconds kWaitMax{60'000};
  /// Each is an open connection; members are at most 31, mirrors may be more.
  static constexpr std::size_t kWaitingMax = 4'096;

 private:
  struct Asking {
    std::chrono::steady_clock::time_point until;
    Answer answer;
  };
  struct Present;  // what hangs here, immutable but for the lines

  std::vector<Answer> change_round();
  bool is_met() const;
  void run_timer(const std::stop_token& stop);

  CosignDeskOptions options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::shared_ptr<const Present> present_;  // guarded by mutex_, as all below
  std::vector<Cosignature> lines_;          // one a key
  Text text_;
  note::Round round_;
  note::Offer offer_;
  base::TreeSize counted_;
  std::string published_;
  std::vector<Asking> asking_;
  mutable bool has_news_ = false;
  bool is_stopped_ = false;
  Counters counters_;
  std::jthread timer_;
};

inline constexpr base::ErrorKind kNotOffered{"not-offered", base::Category::kConflict, "docs/formats/hub.md"};
inline constexpr base::ErrorKind kUnknownCosigner{"unknown-cosigner", base::Category::kDenied,
                                                  "docs/formats/hub.md"};

}  // namespace engine
