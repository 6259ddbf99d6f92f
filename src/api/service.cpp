#include "api/service.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/answers.h"
#include "api/events.h"
#include "api/openapi.h"
#include "api/past.h"
#include "api/registry_paths.h"
#include "api/request_parts.h"
#include "api/routes.h"
#include "api/static_paths.h"
#include "api/submissions.h"
#include "base/check.h"
#include "codec/decimal.h"
#include "codec/time_text.h"

namespace api {
namespace {

using base::Result;
using Send = std::function<void(net::Response)>;

constexpr std::uint64_t kLongPollSecondsMax = 60;
constexpr std::size_t kCosignatureBytesMax = 32'768;
constexpr base::Seconds kSecurityTextValid(2'592'000);

/// Under /api/v1 no question takes a parameter that it does not know, and these know none. The log's own paths and
/// those for whoever runs the server pass over a query, as servers of files do.
constexpr std::array kWithoutParameters{Route::kSnapshots,    Route::kRecord, Route::kReceipt,
                                        Route::kEvents,       Route::kStatus, Route::kOpenapi,
                                        Route::kCosignatures, Route::kRounds};

net::Response no_path(const Matched& matched) {
  if (matched.allowed.empty()) return refusal(base::Error(kNoSuchPath, "see /api/v1/openapi.json"));
  net::Response response =
      refusal(405, base::Error(kNoSuchMethod, "this path asks for " + std::string(matched.allowed)));
  response.headers.push_back({"allow", std::string(matched.allowed)});
  return response;
}

}  // namespace

struct Service::Parts {
  Parts(replica::View& the_view, base::Files& files, const base::Clock& the_clock, Settings the_settings)
      : view(the_view),
        clock(the_clock),
        settings(std::move(the_settings)),
        annexes(files, settings.folders.annexes),
        static_paths(view, files, settings.folders),
        registry_paths(view, annexes, settings.role),
        past(view, settings.replayed_leaves_max),
        events(view, registry_paths) {
    if (settings.submitter != nullptr) {
      submissions.emplace(view, *settings.submitter, settings.receipt_wait);
    }
  }

  net::Response answer_now(const Matched& matched, const net::Request& request);
  void answer_object(const Matched& matched, const net::Request& request, const Send& send);
  void answer_proposed(const net::Request& request, const Send& send) const;
  net::Response take_cosignature(const net::Request& request) const;
  net::Response take_round_message(const net::Request& request) const;
  void open_events(const net::Request& request, net::Reply reply);
  net::Response checkpoint() const;
  net::Response metrics() const;
  net::Response readiness() const;
  net::Response security() const;

  replica::View& view;
  const base::Clock& clock;
  Settings settings;
  storage::AnnexStore annexes;
  StaticPaths static_paths;
  RegistryPaths registry_paths;
  Past past;
  Events events;
  std::optional<Submissions> submissions;
  // Answers under way may outlive the service, not the thread that counts them.
  std::shared_ptr<AnswerCounters> counters = std::make_shared<AnswerCounters>();
};

Service::Service(replica::View& view, base::Files& files, const base::Clock& clock, Settings settings)
    : parts_(std::make_shared<Parts>(view, files, clock, std::move(settings))) {
  view.subscribe([weak = std::weak_ptr(parts_)](const std::shared_ptr<const replica::Published>& before,
                                                const replica::Published& now) {
    const auto parts = weak.lock();
    if (!parts) return;
    parts->events.publish(before.get(), now);
    if (parts->submissions) parts->submissions->wake();
  });
}

Service::~Service() {
  stop();
}

void Service::stop() {
  parts_->events.stop();
  parts_->past.stop();
  if (parts_->submissions) parts_->submissions->stop();
}

net::Handler Service::handler() {
  return [this](const net::Request& request, net::Reply reply) { answer(request, std::move(reply)); };
}

void Service::answer(const net::Request& request, net::Reply reply) {
  Parts& parts = *parts_;
  const Matched matched = match_route(request.method, request.path);
  const Route route = matched.route;
  const bool takes_none = std::ranges::find(kWithoutParameters, route) != kWithoutParameters.end();
  if (const auto query = Query::parse(request.query, {}); takes_none && !query) {
    parts.counters->count(route, 400);
    return reply.send(refusal(query.error()));
  }
  if (route == Route::kEvents) {
    parts.open_events(request, std::move(reply));
    return;
  }
  const Send send = [counters = parts.counters, route,
                     held = std::make_shared<net::Reply>(std::move(reply))](net::Response response) {
    counters->count(route, response.status);
    held->send(std::move(response));
  };
  if (route == Route::kObject) return parts.answer_object(matched, request, send);
  if (route == Route::kDiffs) return parts.past.differences(request.query, send);
  if (route == Route::kProposed) return parts.answer_proposed(request, send);
  if (route == Route::kSubmit && parts.submissions) return parts.submissions->take(request, send);
  send(parts.answer_now(matched, request));
}

net::Response Service::Parts::answer_now(const Matched& matched, const net::Request& request) {
  const auto& segments = matched.segments;
  switch (matched.route) {
    case Route::kCheckpoint:
      return checkpoint();
    case Route::kTile:
      return static_paths.tile(request);
    case Route::kAnnex:
      return static_paths.annex(segments[0]);
    case Route::kPolicy:
      return static_paths.policy();
    case Route::kPolicyStep:
      return static_paths.policy_step(segments[0]);
    case Route::kGenesis:
      return static_paths.genesis();
    case Route::kSnapshotFile:
      return static_paths.snapshot(segments[0]);
    case Route::kSnapshots:
      return static_paths.snapshots();
    case Route::kRecord:
      return registry_paths.record(segments);
    case Route::kHistory:
      return registry_paths.history(segments, request.query);
    case Route::kPending:
      return registry_paths.pending(request.query);
    case Route::kBlocks:
      return registry_paths.blocks(request.query);
    case Route::kBlock:
      return registry_paths.block(segments, request.query);
    case Route::kReceipt:
      return registry_paths.receipt(segments);
    case Route::kStatus:
      return registry_paths.status();
    case Route::kCosignatures:
      return take_cosignature(request);
    case Route::kRounds:
      return take_round_message(request);
    case Route::kOpenapi:
      return answer_with(200, kJsonType, kNotStored, openapi_document());
    case Route::kMetrics:
      return metrics();
    case Route::kHealthz:
      return text_answer(200, "ok\n");
    case Route::kReadyz:
      return readiness();
    case Route::kVersion:
      return json_answer(200, {{"program", "comity"}, {"version", settings.version}, {"api", "v1"}});
    case Route::kSecurity:
      return security();
    case Route::kSubmit:
      return refusal(base::Error(kNoSuchPath, "records are not taken here"));
    case Route::kObject:
    case Route::kDiffs:
    case Route::kEvents:
    case Route::kProposed:
      CHECK(false);  // answered later, above
      return {};
    case Route::kNone:
      return no_path(matched);
  }
  CHECK(false);
  return {};
}

net::Response Service::Parts::checkpoint() const {
  const auto published = view.published();
  if (!published) return refusal(404, base::Error(replica::kNothingPublished, "no checkpoint counts yet"));
  // The text lives as long as what is published: no copy.
  return answer_with(200, kTextType, kNotStored,
                     std::shared_ptr<const std::string>(published, &published->text));
}

void Service::Parts::answer_object(const Matched& matched, const net::Request& request, const Send& send) {
  const auto query = Query::parse(request.query, {"at"});
  if (!query) return send(refusal(query.error()));
  const auto at = query->value("at");
  if (!at) return send(registry_paths.object(matched.segments));
  const auto id = object_of(matched.segments[0], matched.segments[1]);
  if (!id) return send(refusal(id.error()));
  past.object_at(*id, std::string(*at), send);
}

void Service::Parts::answer_proposed(const net::Request& request, const Send& send) const {
  if (!settings.desk.ask) return send(refusal(base::Error(kNoSuchPath, "this server is no hub")));
  const auto query = Query::parse(request.query, {"after", "wait"});
  if (!query) return send(refusal(query.error()));
  const auto after = query->number("after", 0, ~std::uint64_t{0});
  const auto wait = query->number("wait", 0, kLongPollSecondsMax);
  if (!after || !wait) return send(refusal(after ? wait.error() : after.error()));
  settings.desk.ask(query->value("after") ? std::optional(*after) : std::nullopt, std::chrono::seconds(*wait),
                    [send](HubDesk::Text text) {
                      if (text) return send(answer_with(200, kTextType, kNotStored, std::move(text)));
                      send(answer_with(204, kTextType, kNotStored, nullptr));
                    });
}

net::Response Service::Parts::take_cosignature(const net::Request& request) const {
  if (!settings.desk.add) return refusal(base::Error(kNoSuchPath, "this server is no hub"));
  if (request.body.size() > kCosignatureBytesMax) {
    return refusal(413, base::Error(kBadSubmission, "a cosignature is no longer than that"));
  }
  if (const auto added = settings.desk.add(request.body); !added) return refusal(added.error());
  return answer_with(204, kTextType, kNotStored, nullptr);
}

net::Response Service::Parts::take_round_message(const net::Request& request) const {
  if (!settings.rounds) return refusal(base::Error(kNoSuchPath, "there is no mailbox here"));
  auto answer = settings.rounds(request.body);
  if (!answer) return refusal(answer.error());
  if (answer->empty()) return answer_with(204, kTextType, kNotStored, nullptr);
  return answer_with(200, "application/octet-stream", kNotStored,
                     std::make_shared<const std::string>(std::move(*answer)));
}

void Service::Parts::open_events(const net::Request& request, net::Reply reply) {
  std::optional<base::Height> last_seen;
  if (const std::string_view text = request.header("last-event-id"); !text.empty()) {
    const auto number = codec::parse_decimal(text);
    if (!number) {
      counters->count(Route::kEvents, 400);
      return reply.send(refusal(base::Error(kBadTarget, "Last-Event-ID is the height of a block")));
    }
    last_seen = base::Height(*number);
  }
  if (!events.take_place()) {
    counters->count(Route::kEvents, 503);
    return reply.send(refusal(base::Error(kTooBusy, "too many listeners")));
  }
  counters->count(Route::kEvents, 200);
  events.add(reply.stream(answer_with(200, "text/event-stream", kNotStored, nullptr)), last_seen);
}

net::Response Service::Parts::metrics() const {
  using Kind = Measure::Kind;
  std::vector<Measure> measures;
  const auto known = view.read([&](const registry::Registry& registry, const replica::LogIndex& index,
                                   const replica::Published& now) -> Result<void> {
    const auto gauge = [&](const char* name, const char* help, std::uint64_t value) {
      measures.push_back({name, help, Kind::kGauge, static_cast<double>(value)});
    };
    gauge("comity_log_leaves", "Leaves under the published checkpoint.", now.checkpoint.size.value());
    gauge("comity_block_height", "Height of the last published block.", now.height.value());
    gauge("comity_block_time_seconds", "Time of the last published block.", now.time.value());
    gauge("comity_objects", "Objects in the state, deleted ones included.", registry.object_count());
    gauge("comity_rules", "Texts in the rules state.", registry.rule_count());
    gauge("comity_index_bytes", "Memory of the index of the log, about.", index.bytes());
    return {};
  });
  measures.push_back({"comity_view_sound", "1 if there is a published state to answer from.", Kind::kGauge,
                      known ? 1.0 : 0.0});
  if (settings.more_measures) std::ranges::move(settings.more_measures(), std::back_inserter(measures));
  return answer_with(200, "text/plain; version=0.0.4; charset=utf-8", kNotStored,
                     std::make_shared<const std::string>(metrics_text(*counters, measures)));
}

net::Response Service::Parts::readiness() const {
  auto ready = view.read([](const registry::Registry&, const replica::LogIndex&,
                            const replica::Published&) -> Result<void> { return {}; });
  if (ready && settings.check_ready) ready = settings.check_ready();
  return ready ? text_answer(200, "ready\n") : refusal(503, ready.error());
}

// Expires is asked for by the RFC; whoever reads an old copy comes back for a new one.
net::Response Service::Parts::security() const {
  if (settings.contact.empty()) return refusal(base::Error(kNoSuchPath, "no contact is configured"));
  return text_answer(200, "Contact: " + settings.contact +
                              "\nExpires: " + codec::serialize_time(clock.now() + kSecurityTextValid) + "\n");
}

}  // namespace api
