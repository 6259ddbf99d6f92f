// Submitted records that wait for the one thread which hands them on.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "api/submitter.h"

namespace api {

/// Threads: any.
class SubmissionQueue {
 public:
  struct Waiting {
    std::string leaf;
    std::optional<storage::Annex> annex;
    Submitter::Done done;
  };
  SubmissionQueue(std::size_t records_max, std::size_t bytes_max)
      : records_max_(records_max), bytes_max_(bytes_max) {}

  /// What is beyond either limit, or comes after close(), is answered with kTooBusy.
  void push(Waiting waiting);
  /// The first ones, in order; waits until there is one. Nothing: the thread shall end.
  std::deque<Waiting> pop(const std::stop_token& stop,
                          std::size_t most = std::numeric_limits<std::size_t>::max());
  /// Answers what is left with kTooBusy.
  void close();

 private:
  const std::size_t records_max_;
  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Waiting> waiting_;  // guarded by mutex_
  std::size_t bytes_ = 0;        // of the leaves in it
  bool is_closed_ = false;
};

}  // namespace api
