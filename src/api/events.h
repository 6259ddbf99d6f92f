// New blocks as server-sent events, to everybody who listens: one event a block, its id the height, its data
// the block record as JSON. Who comes back with the last id that he saw gets what he missed, up to a limit; a
// listener who is too slow is cut off (net/) and comes back the same way. Format: HTML Living Standard section
// 9.2, docs/formats/api.md
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "api/registry_paths.h"
#include "base/strong.h"
#include "net/reply.h"
#include "replica/view.h"

namespace api {

/// Threads: any.
class Events {
 public:
  Events(const replica::View& view, const RegistryPaths& paths);

  /// Takes a place for one more listener; the caller then opens his stream and adds it, or gives it back.
  [[nodiscard]] bool take_place();
  /// Sends what was missed, then every block to come.
  void add(std::shared_ptr<net::EventStream> stream, std::optional<base::Height> last_seen);
  /// Sends the blocks after `before` (null: none before) up to `now`.
  void publish(const replica::Published* before, const replica::Published& now);
  /// Ends all streams, and those to come.
  void stop();

 private:
  void run(const std::stop_token& stop);
  void send_to_all(const std::shared_ptr<const std::string>& chunk);

  const RegistryPaths* paths_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::shared_ptr<net::EventStream>> streams_;  // guarded by mutex_, as all below
  base::Height sent_;                                       // the newest block that everybody was sent
  std::size_t opening_ = 0;
  bool is_stopped_ = false;
  std::jthread thread_;
};

}  // namespace api
