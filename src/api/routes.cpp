#include "api/routes.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace api {
namespace {

constexpr std::array<RouteForm, kRoutes - 1> kForms{{
    {Route::kCheckpoint, "GET", "/checkpoint"},
    {Route::kTile, "GET", "/tile/{path...}"},
    {Route::kAnnex, "GET", "/annex/{commitment}"},
    {Route::kPolicy, "GET", "/policy"},
    {Route::kPolicyStep, "GET", "/policies/{step}"},
    {Route::kGenesis, "GET", "/genesis"},
    {Route::kSnapshotFile, "GET", "/snapshots/{height}"},
    {Route::kSnapshots, "GET", "/api/v1/snapshots"},
    {Route::kSubmit, "POST", "/api/v1/records"},
    {Route::kRecord, "GET", "/api/v1/records/{id}"},
    {Route::kObject, "GET", "/api/v1/objects/{class}/{key}"},
    {Route::kHistory, "GET", "/api/v1/objects/{class}/{key}/history"},
    {Route::kPending, "GET", "/api/v1/pending"},
    {Route::kBlocks, "GET", "/api/v1/blocks"},
    {Route::kBlock, "GET", "/api/v1/blocks/{height}"},
    {Route::kDiffs, "GET", "/api/v1/diffs"},
    {Route::kReceipt, "GET", "/api/v1/receipts/{class}/{key}"},
    {Route::kEvents, "GET", "/api/v1/events"},
    {Route::kStatus, "GET", "/api/v1/status"},
    {Route::kOpenapi, "GET", "/api/v1/openapi.json"},
    {Route::kProposed, "GET", "/api/v1/proposed"},
    {Route::kCosignatures, "POST", "/api/v1/cosignatures"},
    {Route::kRounds, "POST", "/api/v1/rounds"},
    {Route::kMetrics, "GET", "/metrics"},
    {Route::kHealthz, "GET", "/healthz"},
    {Route::kReadyz, "GET", "/readyz"},
    {Route::kVersion, "GET", "/version"},
    {Route::kSecurity, "GET", "/.well-known/security.txt"},
}};

static_assert(std::ranges::all_of(kForms, [](const RouteForm& form) {
  return static_cast<std::size_t>(form.route) == static_cast<std::size_t>(&form - kForms.data());
}));

// Takes "/segment" off both; true if they agree.
bool match_path(std::string_view form, std::string_view path, std::vector<std::string_view>& segments) {
  segments.clear();
  while (!form.empty()) {
    if (path.empty()) return false;
    form.remove_prefix(1);
    path.remove_prefix(1);
    const std::string_view wanted = form.substr(0, form.find('/'));
    if (wanted.ends_with("...}")) {
      segments.push_back(path);
      return !path.empty();
    }
    const std::string_view given = path.substr(0, path.find('/'));
    if (wanted.starts_with('{')) {
      if (given.empty()) return false;
      segments.push_back(given);
    } else if (wanted != given) {
      return false;
    }
    form.remove_prefix(wanted.size());
    path.remove_prefix(given.size());
  }
  return path.empty();
}

}  // namespace

std::span<const RouteForm> route_forms() {
  return kForms;
}

std::string_view route_name(Route route) {
  return route == Route::kNone ? "other" : kForms[static_cast<std::size_t>(route)].path;
}

Matched match_route(std::string_view method, std::string_view path) {
  Matched matched;
  if (!path.starts_with('/')) return matched;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const RouteForm& form : kForms) {
    if (!match_path(form.path, path, matched.segments)) continue;
    if (form.method == wanted) {
      matched.route = form.route;
      matched.allowed = {};
      return matched;
    }
    matched.allowed = form.method == "GET" ? "GET, HEAD" : form.method;
  }
  matched.segments.clear();
  return matched;
}

}  // namespace api
