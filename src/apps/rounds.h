// The half of a serving process that takes part in ceremonies and signing rounds: a thread that looks at the published
// state, fetches what came for this machine's members, lets their parts act, and carries off what they want done. It
// waits for nobody: a mailbox that does not answer is left alone for a while. Records go out on a second thread,
// because the hub answers a record only when the members have cosigned it.
// Format: docs/formats/rounds.md
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "apps/config.h"
#include "apps/round_seats.h"
#include "apps/watch_over.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "net/client.h"
#include "os/system_random.h"
#include "replica/mailbox.h"
#include "replica/view.h"

namespace apps {

struct RoundsSources {
  base::Files* files = nullptr;
  const base::Clock* clock = nullptr;
  const RegistryFolder* folder = nullptr;
  const Config* config = nullptr;
  const replica::View* view = nullptr;
  replica::Mailbox* mailbox = nullptr;  ///< this process's own
  Reporter* reporter = nullptr;
  /// Brings a record to the log, and waits for it.   Threads: the Rounds' own.
  std::function<base::Result<void>(const std::string& leaf)> submit;
  /// Where this process publishes the log: adds a line to the checkpoint of this body. Empty elsewhere.
  std::function<base::Result<void>(const replica::LogLine&)> add_log_line;
};

/// Order: start, wake*, stop.   Threads: wake from any.
class Rounds {
 public:
  /// Nothing to play where no operator key lies: then null.   Errors: those of OperatorKeys::load, net::kBadUrl.
  static base::Result<std::unique_ptr<Rounds>> start(RoundsSources sources);
  ~Rounds() { stop(); }

  /// There may be another checkpoint.
  void wake();
  void stop();

 private:
  // A mailbox on another machine.
  struct Remote {
    std::string url;
    std::unique_ptr<net::Client> client;
    std::chrono::steady_clock::time_point not_before{};
    std::vector<std::uint64_t> fetched;  // by seat
  };
  explicit Rounds(RoundsSources sources) : sources_(std::move(sources)) {}

  void run(const std::stop_token& stop);
  bool turn();
  void fetch_own(std::size_t seat);
  void fetch(Remote& remote, std::size_t seat);
  void take(std::size_t seat, const replica::Fetched& fetched);
  void carry_out(std::size_t seat, SeatStep step);
  void put(const std::string& message);
  base::Result<net::Response> post(Remote& remote, const std::string& message);
  void look_on_log(std::size_t seat, const std::vector<base::Hash>& wanted);
  /// Calls `work(SeatView)` while no block is applied; whether there is a state.
  bool with_state(const std::function<void(const SeatView&)>& work);
  void run_sender(const std::stop_token& stop);

  RoundsSources sources_;
  os::SystemRandom random_;
  std::unique_ptr<RoundSeats> seats_;
  std::vector<Remote> remotes_;
  std::vector<std::uint64_t> fetched_;            // from the own mailbox, by seat
  std::vector<base::LeafIndex> looked_;           // leaves before it were looked at, by seat
  std::vector<std::set<base::Hash>> looked_for_;  // what was wanted then
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool awake_ = true;  // guarded by mutex_, as below
  std::deque<std::string> leaves_;
  std::condition_variable_any leaves_came_;
  std::jthread thread_;
  std::jthread sender_;
};

}  // namespace apps
