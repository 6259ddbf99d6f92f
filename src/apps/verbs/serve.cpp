// comity serve: runs what a folder is: the hub that orders records, a member that follows it, or a mirror. This
// file is the ordering half; following.h is the other.
#include <atomic>
#include <chrono>
#include <memory>

#include "api/engine_submitter.h"
#include "apps/config.h"
#include "apps/following.h"
#include "apps/outside_witnesses.h"
#include "apps/rounds.h"
#include "apps/serving.h"
#include "apps/session.h"
#include "apps/verbs.h"
#include "apps/watch_over.h"
#include "engine/hub/cosign_desk.h"
#include "engine/hub/keeper.h"
#include "os/posix_files.h"
#include "os/service_notify.h"
#include "os/stop_signal.h"

namespace apps {
namespace {

using base::Result;

api::HubDesk routes_to(engine::CosignDesk& desk) {
  api::HubDesk routes;
  routes.ask = [&desk](std::optional<std::uint64_t> after, std::chrono::milliseconds wait,
                       std::function<void(api::HubDesk::Text)> answer) {
    desk.ask(after ? std::optional(note::Round(*after)) : std::nullopt, wait, std::move(answer));
  };
  routes.add = [&desk](std::string_view note) { return desk.add(note); };
  return routes;
}

engine::KeeperOptions keeper_options(const Session& session, const Config& config, Reporter& reporter) {
  engine::KeeperOptions options;
  options.clock = &session.clock();
  options.refresh = config.hub.refresh_every;
  options.tick = config.hub.block_every;
  options.next_due = [&session] { return session.registry().next_due(); };
  options.report = [&reporter](const base::Error& error) { reporter.trouble("hub", error); };
  return options;
}

RoundsSources rounds_sources(const ServingParts& parts, Serving& serving, Session& session,
                             Reporter& reporter) {
  RoundsSources sources{
      parts.files, parts.clock, parts.folder, parts.config, &serving.view(), &serving.mailbox(), &reporter,
      {},          {}};
  sources.submit = [&session](const std::string& leaf) -> Result<void> {
    auto done = session.engine().submit({leaf});
    if (!done.front()) return std::unexpected(done.front().error());
    return {};
  };
  sources.add_log_line = [&session](const replica::LogLine& line) {
    return session.engine().add_outside_lines(line.body, {line.line});
  };
  return sources;
}

// The keeper begins by having the checkpoint cosigned anew. Where time stands still there is none: then it is done here,
// for a witness adds its line to a checkpoint of this process only.
void begin_keeping(engine::HubKeeper& keeper, Session& session, Reporter& reporter) {
  if (session.folder().settings.clock == ClockKind::kReal) return keeper.start();
  if (const auto counted = session.engine().publish_checkpoint(); !counted)
    reporter.trouble("hub", counted.error());
}

// Who is told that another checkpoint counts: what runs by then, and stops before the engine does.
struct Woken {
  std::atomic<Serving*> serving = nullptr;
  std::atomic<witness::Askers*> askers = nullptr;
  std::atomic<Rounds*> rounds = nullptr;

  void wake() const {
    if (Serving* const one = serving.load()) one->wake();
    if (witness::Askers* const one = askers.load()) one->wake();
    if (Rounds* const one = rounds.load()) one->wake();
  }
};

// For a start that fails after records are taken already: whoever orders one has ended before what he would wake is gone.
struct OrderingEnd {
  Serving& serving;
  std::unique_ptr<api::EngineSubmitter>& submitter;
  Woken& woken;
  OrderingEnd(Serving& the_serving, std::unique_ptr<api::EngineSubmitter>& the_submitter, Woken& the_woken)
      : serving(the_serving), submitter(the_submitter), woken(the_woken) {}
  OrderingEnd(const OrderingEnd&) = delete;
  OrderingEnd& operator=(const OrderingEnd&) = delete;
  ~OrderingEnd() {
    serving.stop(base::Seconds(0));
    submitter.reset();
    woken.serving = nullptr;
  }
};

// Stops in the order in which things depend on one another: nobody new, then those under way, then the log.
Result<Answer> serve_ordering(const ServedFolder& served, os::StopSignal& stop, Reporter& reporter) {
  const auto& [files, folder, config, sockets] = served;
  // Until something listens here no member can answer, and waiting for them would be in vain.
  engine::CosignDesk desk({.patience = std::chrono::milliseconds(0),
                           .first_round = note::Round(static_cast<std::uint64_t>(
                               std::chrono::system_clock::now().time_since_epoch().count())),
                           .instead_of_waiting = {}});
  Woken woken;
  SessionOptions session_options;
  session_options.threads = threads_of(config);
  session_options.remote = folder.settings.is_shared() ? nullptr : &desk;
  session_options.published = [&woken] { woken.wake(); };
  session_options.zone_trouble = [&reporter](const base::Error& error) { reporter.trouble("zone", error); };
  const auto verified = std::make_shared<publish::VerifiedSignatures>(session_options.threads);
  session_options.verified = verified;
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session,
                   Session::open(files, folder.layout.dir, std::move(session_options)));
  for (const std::string& warning : session->warnings()) reporter.say(warning);

  auto submitter = std::make_unique<api::EngineSubmitter>(
      session->engine(), storage::AnnexStore(files, folder.layout.annex_folder()));
  ServingParts parts{&files, &session->clock(), &folder, &config, submitter.get(), {}, sockets};
  parts.verified = verified;
  if (!folder.settings.is_shared()) parts.desk = routes_to(desk);
  parts.more_measures = [&woken] {
    const witness::Askers* const askers = woken.askers.load();
    return askers != nullptr ? measures_of(askers->status()) : std::vector<api::Measure>();
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<Serving> serving, Serving::load(parts));
  woken.serving = serving.get();
  const OrderingEnd at_the_end(*serving, submitter, woken);
  TRY(serving->listen(parts));
  desk.set_patience(std::chrono::seconds(config.hub.cosign_wait.value()));
  engine::HubKeeper keeper(session->engine(), desk, keeper_options(*session, config, reporter));
  begin_keeping(keeper, *session, reporter);
  ASSIGN_OR_RETURN(std::unique_ptr<witness::Askers> askers,
                   ask_outside_witnesses(files, folder, config, session->engine(), reporter));
  ASSIGN_OR_RETURN(const std::unique_ptr<Rounds> rounds,
                   Rounds::start(rounds_sources(parts, *serving, *session, reporter)));
  woken.askers = askers.get();
  woken.rounds = rounds.get();
  reporter.ready(folder, serving->addresses());

  while (!stop.wait_for(kWatchPause)) {
    reporter.alive();
    reporter.certificate(serving->renew_certificate());
    session->engine().between_blocks([&](registry::Application&) {
      if (const auto stored = session->store_long_tails(kServedTailLeavesMax); !stored)
        reporter.trouble("snapshot", stored.error());
      if (const auto erased = session->apply_redactions(); !erased)
        reporter.trouble("redaction", erased.error());
    });
  }
  reporter.stopping();
  desk.stop();  // members who wait for news would hold the server up for all of its grace
  woken.rounds = nullptr;
  if (rounds) rounds->stop();
  serving->stop(config.stop_grace);
  woken.serving = nullptr;
  woken.askers = nullptr;
  submitter.reset();
  keeper.stop();
  askers.reset();  // nobody wakes them now but they themselves
  TRY(session->close());
  return Answer::kYes;
}

}  // namespace

Result<Answer> run_serve(const ServeOptions& options, Console& console) {
  // Both change what threads inherit, so they come before any.
  os::StopSignal stop;
  const os::ServiceNotify service = os::ServiceNotify::from_environment();
  ASSIGN_OR_RETURN(const std::vector<int> sockets, os::inherited_sockets());
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const RegistryFolder folder, RegistryFolder::open(files, options.dir));
  ASSIGN_OR_RETURN(Config config, load_config(files, folder.layout.dir));
  if (!options.listen.empty()) config.listen = options.listen;
  Reporter reporter(console, service);
  if (folder.settings.hub.empty()) return serve_ordering({files, folder, config, sockets}, stop, reporter);
  return serve_following({files, folder, config, sockets}, stop, reporter);
}

}  // namespace apps
