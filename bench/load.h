// A load of HTTP requests from one thread over many kept connections: as fast as answers come, or at a fixed
// rate whatever the answers do (open loop). Latency counts from the moment at which a request was due, so a
// server that stalls is charged for those who queued behind the stall. For servers of ours on this machine:
// answers must carry Content-Length.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct LoadOptions {
  std::string address;  ///< "127.0.0.1:8480"
  unsigned connections = 64;
  double rate = 0;     ///< requests a second; 0: each connection asks again as soon as it is answered
  double seconds = 0;  ///< 0: until `next` has no more
};

struct LoadReport {
  std::uint64_t good = 0;  ///< answers of status 200
  std::uint64_t bad = 0;
  std::string first_bad;  ///< an answer of another status
  std::uint64_t bytes = 0;
  double seconds = 0;
  double processor = 0;           ///< of this thread: what the load itself costs the machine
  std::vector<double> latencies;  ///< seconds, of the good ones
  std::uint64_t late = 0;         ///< requests that were due and found no free connection
};

/// `next` gives a whole request as it goes over the wire, which stays valid until its answer, or "" if there are no more.
LoadReport run_load(const LoadOptions& options, const std::function<std::string_view()>& next);

std::string get_request(const std::string& path, const std::string& further_headers = "");
std::string post_request(const std::string& path, std::string_view content_type, std::string_view body);

}  // namespace bench
