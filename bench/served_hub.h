// A hub to measure: the folder of a sample registry with the sequencer's keys alone, and `comity serve` on it as a
// process of its own, so that what it costs stands apart from what its askers cost.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <sys/types.h>

namespace bench {

struct LogOptions;     // sample_registry.h
class SampleRegistry;  // the same

/// Makes the folder (see make_log) into MEMBER-A's, who orders the records, with a snapshot of its last block. Kept if
/// it is there already. Returns the number of the first routine change that is not on the log.
std::uint64_t make_hub(const LogOptions& options);

/// Threads: one owner.
class ServedHub {
 public:
  /// `program` is the binary `comity`. Serves when this returns; dies if it cannot.
  ServedHub(const std::string& program, const std::string& folder);
  ServedHub(const ServedHub&) = delete;
  ServedHub& operator=(const ServedHub&) = delete;
  ~ServedHub();
  const std::string& address() const { return address_; }  ///< "127.0.0.1:41234"
  std::string url() const { return "http://" + address_; }
  /// User and system time of the process so far, in seconds.
  double processor_seconds() const;

 private:
  pid_t process_ = -1;
  std::string address_;
  int words_ = -1;
  std::jthread reader_;  // of what it says, so that it never waits for a reader
};

/// The other members at their own machines, of which nothing is seen here but their answers: cosigns whatever the hub
/// offers, at once, without executing it.
class QuickMembers {
 public:
  QuickMembers(const SampleRegistry& sample, const std::string& url);
  ~QuickMembers();
  QuickMembers(const QuickMembers&) = delete;
  QuickMembers& operator=(const QuickMembers&) = delete;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::jthread thread_;
};

}  // namespace bench
