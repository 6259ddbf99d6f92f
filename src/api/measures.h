// Numbers about the server for Prometheus: how often each kind of path was asked for and how it was answered,
// and where the log stands. No label ever holds anything that a request said.
// Format: Prometheus text exposition format 0.0.4
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/routes.h"
#include "net/server.h"

namespace api {

/// One number with a name of its own.
struct Measure {
  enum class Kind : std::uint8_t { kCounter, kGauge };
  std::string name;  ///< "comity_log_leaves"
  std::string help;
  Kind kind = Kind::kGauge;
  double value = 0;
};
std::vector<Measure> measures_of(const net::ServerCounters& counters);

/// Answers by route and status class.   Threads: any.
class AnswerCounters {
 public:
  void count(Route route, unsigned status);
  std::uint64_t value(Route route, unsigned status_class) const;

 private:
  static constexpr std::size_t kClasses = 4;  // 2xx to 5xx
  std::array<std::array<std::atomic<std::uint64_t>, kClasses>, kRoutes> counts_{};
};

/// The text of /metrics.
std::string metrics_text(const AnswerCounters& answers, std::span<const Measure> measures);

}  // namespace api
