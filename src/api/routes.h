// Every path that the server answers, by name. The names are what /metrics counts by; a path that somebody
// asked for is never kept. Format: docs/formats/api.md, docs/openapi.json
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace api {

enum class Route : std::uint8_t {
  kCheckpoint,
  kTile,
  kAnnex,
  kPolicy,
  kPolicyStep,
  kGenesis,
  kSnapshotFile,
  kSnapshots,
  kSubmit,
  kRecord,
  kObject,
  kHistory,
  kPending,
  kBlocks,
  kBlock,
  kDiffs,
  kReceipt,
  kEvents,
  kStatus,
  kOpenapi,
  kProposed,
  kCosignatures,
  kRounds,
  kMetrics,
  kHealthz,
  kReadyz,
  kVersion,
  kSecurity,
  kNone,  ///< no such path
};
inline constexpr std::size_t kRoutes = static_cast<std::size_t>(Route::kNone) + 1;

struct RouteForm {
  Route route;
  std::string_view method;  ///< "GET" answers HEAD too
  std::string_view path;    ///< `{name}` stands for one segment; a last `{path...}` for any number
};
/// In the order of the enumeration, without kNone.
std::span<const RouteForm> route_forms();
/// "/api/v1/objects/{class}/{key}"; "other" for kNone.
std::string_view route_name(Route route);

struct Matched {
  Route route = Route::kNone;
  std::string_view allowed;  ///< with kNone: the methods that this path asks for; empty: no such path
  std::vector<std::string_view> segments;  ///< what stands for the form's names, as sent
};
Matched match_route(std::string_view method, std::string_view path);

}  // namespace api
