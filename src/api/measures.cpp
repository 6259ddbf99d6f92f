#include "api/measures.h"

#include <algorithm>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "base/check.h"

namespace api {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::array<std::string_view, 4> kClassNames{"2xx", "3xx", "4xx", "5xx"};

MetricFamily family_of(const Measure& measure) {
  ClientMetric metric;
  const bool counts = measure.kind == Measure::Kind::kCounter;
  (counts ? metric.counter.value : metric.gauge.value) = measure.value;
  return {measure.name, measure.help, counts ? MetricType::Counter : MetricType::Gauge, {metric}};
}

MetricFamily family_of(const AnswerCounters& answers) {
  MetricFamily family{
      "comity_answers_total", "Answers by path and class of status.", MetricType::Counter, {}};
  for (std::size_t route = 0; route < kRoutes; ++route) {
    for (unsigned status_class = 0; status_class < kClassNames.size(); ++status_class) {
      const auto value = answers.value(static_cast<Route>(route), status_class + 2);
      if (value == 0) continue;
      ClientMetric metric;
      metric.label = {{"path", std::string(route_name(static_cast<Route>(route)))},
                      {"status", std::string(kClassNames[status_class])}};
      metric.counter.value = static_cast<double>(value);
      family.metric.push_back(std::move(metric));
    }
  }
  return family;
}

Measure counter(const char* name, const char* help, std::uint64_t value) {
  return {name, help, Measure::Kind::kCounter, static_cast<double>(value)};
}
Measure gauge(const char* name, const char* help, std::uint64_t value) {
  return {name, help, Measure::Kind::kGauge, static_cast<double>(value)};
}

}  // namespace

std::vector<Measure> measures_of(const net::ServerCounters& counters) {
  return {
      counter("comity_http_connections_total", "Connections accepted.", counters.connections),
      gauge("comity_http_connections_open", "Connections open now.", counters.connections_open),
      counter("comity_http_connections_refused_total", "Connections refused for want of room.",
              counters.connections_refused),
      counter("comity_http_tls_refused_total", "Connections whose TLS handshake failed.",
              counters.tls_refused),
      counter("comity_http_requests_total", "Requests answered by a path.", counters.requests),
      counter("comity_http_requests_malformed_total", "Requests that break the protocol.",
              counters.requests_malformed),
      counter("comity_http_requests_limited_total", "Requests refused for their number.",
              counters.requests_limited),
      counter("comity_http_timeouts_total", "Connections cut because somebody was too slow.",
              counters.timeouts),
      gauge("comity_http_streams_open", "Event streams open now.", counters.streams_open),
      counter("comity_http_streams_cut_total", "Event streams cut because their reader was too slow.",
              counters.streams_cut),
      counter("comity_http_received_bytes_total", "Bytes received.", counters.bytes_received),
      counter("comity_http_sent_bytes_total", "Bytes sent.", counters.bytes_sent),
  };
}

void AnswerCounters::count(Route route, unsigned status) {
  const unsigned status_class = std::clamp(status / 100, 2U, 5U) - 2;
  counts_[static_cast<std::size_t>(route)][status_class].fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t AnswerCounters::value(Route route, unsigned status_class) const {
  CHECK(status_class >= 2 && status_class <= 5);
  return counts_[static_cast<std::size_t>(route)][status_class - 2].load(std::memory_order_relaxed);
}

std::string metrics_text(const AnswerCounters& answers, std::span<const Measure> measures) {
  std::vector<MetricFamily> families{family_of(answers)};
  for (const Measure& measure : measures) families.push_back(family_of(measure));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace api
