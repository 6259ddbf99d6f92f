// Records that come in: taken apart, handed to whoever orders them, and answered once a published checkpoint
// covers them, with a receipt. A record that stands on the log already is answered with its receipt, so that
// asking again is always safe. Format: docs/formats/api.md
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/submitter.h"
#include "base/result.h"
#include "net/http.h"
#include "replica/view.h"

namespace api {

/// Threads: any.   Lifetime: the callback given to the submitter may outlive this.
class Submissions {
 public:
  using Answer = std::function<void(net::Response)>;
  Submissions(const replica::View& view, Submitter& submitter, std::chrono::milliseconds wait_max);
  ~Submissions();

  /// Calls `answer` exactly once, on any thread.
  void take(const net::Request& request, Answer answer);
  /// The view shows more than before.
  void wake();
  /// Answers everybody who waits with 202 or 503; nothing is taken any more.
  void stop();

 private:
  struct Submitted;
  struct Desk;
  void run(const std::stop_token& stop);
  std::optional<net::Response> answer_known(const std::string& id_text, const base::Hash& id) const;

  const replica::View* view_;
  Submitter* submitter_;
  std::chrono::milliseconds wait_max_;
  std::shared_ptr<Desk> desk_;
  std::jthread thread_;
};

inline constexpr base::ErrorKind kBadSubmission{"bad-submission", base::Category::kInvalid,
                                                "docs/formats/api.md"};
inline constexpr base::ErrorKind kBadContentType{"bad-content-type", base::Category::kInvalid,
                                                 "docs/formats/api.md"};

}  // namespace api
