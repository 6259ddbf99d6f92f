// Questions about the past: an object as it was, and what changed between two points. The log alone remembers,
// so each is answered by replaying it, one at a time, on a thread of its own; whoever asks too often is told
// so, and what was computed last is kept. Format: docs/formats/api.md
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "registry/registry.h"
#include "replica/view.h"
#include "resource/object.h"

namespace api {

/// Threads: any.
class Past {
 public:
  using Answer = std::function<void(net::Response)>;
  Past(const replica::View& view, std::uint64_t replayed_leaves_max);

  /// Both call `answer` exactly once: at once where the question is refused, else on the thread of the past.
  /// `at`: a tree size or a time.
  void object_at(const resource::ObjectId& id, const std::string& at, Answer answer);
  /// `query`: from, to, after, limit.
  void differences(std::string_view query, Answer answer);
  /// Answers everybody who waits, and whoever comes later, with 503.
  void stop();

 private:
  struct Difference {
    resource::ObjectId id;
    std::string text;
  };
  using Differences = std::vector<Difference>;
  struct Question {
    std::function<net::Response()> work;
    Answer answer;
  };

  void ask(std::function<net::Response()> work, Answer answer);
  void run(const std::stop_token& stop);
  struct Point;
  using Objects = std::map<resource::ObjectId, std::string>;
  base::Result<Point> find_point(const std::string& text) const;
  base::Result<const registry::Registry*> registry_at(const Point& point);
  base::Result<Objects> objects_at(const Point& point);
  base::Result<std::shared_ptr<const Differences>> differences_of(const std::string& from,
                                                                  const std::string& to);

  const replica::View* view_;
  std::uint64_t replayed_leaves_max_;
  std::mutex mutex_;
  std::condition_variable_any asked_;
  std::deque<Question> questions_;  // guarded by mutex_
  bool stopped_ = false;            // guarded by mutex_
  // Of the thread of the past alone: the last registry and the last lists of differences.
  std::string registry_name_;
  std::optional<registry::Registry> registry_;
  std::deque<std::pair<std::pair<std::string, std::string>, std::shared_ptr<const Differences>>> differences_;
  std::jthread thread_;
};

inline constexpr base::ErrorKind kTooFarBack{"too-far-back", base::Category::kUnavailable,
                                             "docs/formats/api.md"};

}  // namespace api
