// Everything that a registry's server answers over HTTP: the log's static paths, the JSON interface, receipts,
// submissions, events, and the hub's notice board. A function from a request to an answer, now or later; sockets
// are net/'s. Nothing of a request is kept: no log, no file, no label says who asked for what.
// Format: docs/formats/api.md, docs/openapi.json
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/hub_desk.h"
#include "api/measures.h"
#include "api/submitter.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "net/reply.h"
#include "net/server.h"
#include "replica/view.h"

namespace api {

enum class Role : std::uint8_t { kHub, kReplica };

/// Where the files lie that are served as they are.
struct Folders {
  std::string log;      ///< holds `tile/`
  std::string annexes;  ///< one file a commitment
  std::string snapshots;
  std::string policies;  ///< N.step
  std::string policy;    ///< a file
  std::string genesis;   ///< a file
};

struct Settings {
  Role role = Role::kReplica;
  Folders folders;
  std::string version;  ///< of the program
  std::string contact;  ///< for security.txt: "mailto:..." or "https://..."; empty: there is none
  HubDesk desk;         ///< empty: the hub's paths answer 404
  /// Members' messages to each other (docs/formats/rounds.md): what a mailbox answers, nothing if it keeps the
  /// message. Empty: there is none here.
  std::function<base::Result<std::string>(std::string_view message)> rounds;
  Submitter* submitter = nullptr;  ///< null: records are not taken here
  /// A further reason not to be ready: a replica that stopped cosigning, a follower that is behind.
  std::function<base::Result<void>()> check_ready;
  /// Added to /metrics each time it is asked for; see measures_of(net::ServerCounters).
  std::function<std::vector<Measure>()> more_measures;
  /// How long a submitter waits until the view covers his record; then 202.
  std::chrono::milliseconds receipt_wait{30'000};
  /// Questions about the past replay the log; beyond this many leaves they are refused.
  std::uint64_t replayed_leaves_max = 2'000'000;
};

/// Threads: any.   Lifetime: keeps references to the view, files, clock and submitter, which outlive it; the
/// server that calls the handler is stopped before it goes.
class Service {
 public:
  Service(replica::View& view, base::Files& files, const base::Clock& clock, Settings settings);
  ~Service();

  /// Answers exactly once, now or later, on this thread or another.
  void answer(const net::Request& request, net::Reply reply);
  net::Handler handler();
  /// Ends event streams and answers everybody who waits; later requests are answered as before. For a
  /// graceful stop, before net::Server::stop.
  void stop();

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace api
