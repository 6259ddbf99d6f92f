// A witness over HTTP: POST /add-checkpoint, answered by one thread that may wait for the disk, so that the
// server's own threads never do. Beyond the queue's length requests are turned away. Nothing is written down
// about who asked. Format: docs/formats/witness.md
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "net/reply.h"
#include "witness/witness.h"

namespace witness {

/// Order: constructor, handler() to a server, the server stopped, destructor.   Threads: any.
class Service {
 public:
  explicit Service(Witness& witness);
  /// What still waits is answered 503.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Lifetime: refers to this service.
  net::Handler handler();

  /// Answers of add-checkpoint so far, by status.
  std::map<unsigned, std::uint64_t> answers() const;

  static constexpr std::size_t kWaitingMax = 1'024;

 private:
  struct Waiting {
    std::string body;
    net::Reply reply;
  };
  void route(net::Request request, net::Reply reply);
  void run(const std::stop_token& stop);

  Witness* witness_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Waiting> waiting_;
  std::map<unsigned, std::uint64_t> answers_;
  std::jthread worker_;  // last: it uses all of the above
};

}  // namespace witness
