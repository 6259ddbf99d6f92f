#include "apps/following.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "api/follower_submitter.h"
#include "apps/annex_loop.h"
#include "apps/key_files.h"
#include "apps/operator_keys.h"
#include "apps/rounds.h"
#include "apps/serving.h"
#include "apps/zone_output.h"
#include "base/limits.h"
#include "note/checkpoint.h"
#include "replica/follower.h"
#include "replica/http_hub_source.h"

namespace apps {
namespace {

using base::Result;

/// After trouble, and where the hub answers without waiting: it is asked again this often.
constexpr std::chrono::milliseconds kPause{1'000};
/// So long may it take to execute what the hub shows, before a record that was handed in here is refused.
constexpr std::chrono::seconds kComesUpWithin{5};

/// Every operator key of this member that lies here; which of them is in force the follower sees in the state.
Result<std::vector<note::Signer>> load_cosigners(base::Files& files, const RegistryFolder& folder) {
  ASSIGN_OR_RETURN(const bool is_succeeded, files.exists(folder.layout.succeeded_file()));
  if (is_succeeded) return std::vector<note::Signer>();  // a mirror of what was
  ASSIGN_OR_RETURN(const OperatorKeys keys, OperatorKeys::load(files, folder.layout));
  std::vector<note::Signer> cosigners;
  for (const note::Signer* const key : keys.of(folder.settings.self))
    cosigners.push_back(make_cosigner(*key, folder.settings.origin));
  return cosigners;
}

replica::FollowerOptions follower_options(base::Files& files, const base::Clock& clock,
                                          const RegistryFolder& folder, const Config& config) {
  replica::FollowerOptions options;
  options.replica.files = &files;
  options.replica.clock = &clock;
  options.replica.log_folder = folder.layout.log_folder();
  options.replica.own_folder = folder.own_folder();
  options.replica.snapshot_folder = folder.layout.snapshot_folder();
  options.replica.live = folder.settings.clock == ClockKind::kReal;
  options.replica.threads = threads_of(config);
  options.replica.verified = std::make_shared<publish::VerifiedSignatures>(threads_of(config));
  options.origin = folder.settings.origin;
  options.policy_file = folder.layout.policy_file();
  options.policies_folder = folder.layout.policies_folder();
  options.succeeded_file = folder.layout.succeeded_file();
  options.member = folder.settings.self;
  options.operator_keys = [&files, &folder] { return load_cosigners(files, folder); };
  options.patience = config.follow.patience;
  return options;
}

/// The thread that steps. The follower is opened again when it asks for that, so everybody reaches it through here.
/// Where the log has ended nothing steps: what lies here is served, and no record is taken.
class FollowLoop {
 public:
  FollowLoop(replica::FollowerOptions options, replica::HubSource& source, const FolderLayout& layout,
             base::Seconds poll_wait, Reporter& reporter)
      : options_(std::move(options)),
        source_(&source),
        zones_(*options_.replica.files, layout.publish_folder()),
        poll_wait_(poll_wait),
        reporter_(&reporter) {}

  Result<void> open() {
    ASSIGN_OR_RETURN(const bool is_succeeded, options_.replica.files->exists(options_.succeeded_file));
    if (is_succeeded) {
      has_ended_ = true;
      return {};
    }
    // Two followers of one folder would not know of each other's pledges, and would forward over one line at once.
    const std::scoped_lock turn(turn_);
    const std::scoped_lock alone(handing_in_);
    ASSIGN_OR_RETURN(auto follower, replica::Follower::open(options_, *source_));
    const std::scoped_lock lock(mutex_);
    follower_ = std::move(follower);
    return {};
  }
  void start(std::function<void()> published) {
    published_ = std::move(published);
    if (has_ended_) {
      reporter_->say(options_.succeeded_file +
                     " names the log in which this registry goes on; this one is served as it ended");
      return;
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  /// What the thread meets from now on is no trouble but the end; `interrupt` cuts its poll short.
  void stop(const std::function<void()>& interrupt) {
    thread_.request_stop();
    waiting_.request_stop();
    interrupt();
    if (thread_.joinable()) thread_.join();
  }
  Result<void> hand_in(const std::string& leaf, const std::optional<std::string>& annex) {
    if (has_ended_) {
      return base::fail(replica::kSucceeded,
                        options_.origin + " takes no records any more; its successor does");
    }
    const base::TreeSize size = current()->status().info.size;
    Result<void> handed = hand_to_follower(leaf, annex);
    const bool is_refused = !handed && handed.error().kind() != replica::kHubUnreachable;
    // What it builds upon may count already and not be executed here yet.
    if (is_refused && comes_up_to_hub(size)) handed = hand_to_follower(leaf, annex);
    return handed;
  }
  std::vector<api::Measure> measures() const {
    const auto follower = current();
    const bool is_halted = follower && follower->status().halted.has_value();
    return {{"comity_halted", "1 if evidence against the hub was found here: nothing is cosigned any more.",
             api::Measure::Kind::kGauge, is_halted ? 1.0 : 0.0}};
  }
  Result<void> store_snapshot() {
    if (current() == nullptr) return {};
    return current()->with_replica([](replica::Replica& replica) -> Result<void> {
      return replica.leaves_since_snapshot() > 0 ? replica.store_snapshot() : Result<void>();
    });
  }

 private:
  std::shared_ptr<replica::Follower> current() const {
    const std::scoped_lock lock(mutex_);
    return follower_;
  }
  Result<void> hand_to_follower(const std::string& leaf, const std::optional<std::string>& annex) {
    std::unique_lock turn(turn_);
    const std::scoped_lock handing_in(handing_in_);
    turn.unlock();
    return current()->hand_in(leaf, annex);
  }

  // Waits a little for what the hub has beyond `size`: true if something came. What the hub says is believed no further;
  // one claim is waited for once.
  bool comes_up_to_hub(base::TreeSize size) {
    const Result<base::Bytes> text = source_->fetch("checkpoint", base::kCheckpointBytesMax);
    if (!text) return false;
    const auto there = note::parse_signed_checkpoint(base::as_text(*text));
    if (!there || there->checkpoint.size <= size) return false;
    if (there->checkpoint.size > waited_for_) {
      waited_for_ = there->checkpoint.size;
      const auto until = std::chrono::steady_clock::now() + kComesUpWithin;
      std::uint64_t seen = steps();
      while (current()->status().info.size < waited_for_ && steps_beyond(seen, until)) seen = steps();
    }
    return current()->status().info.size > size;
  }

  void count_step() {
    const std::scoped_lock lock(mutex_);
    ++steps_;
    stepped_.notify_all();
  }
  std::uint64_t steps() const {
    const std::scoped_lock lock(mutex_);
    return steps_;
  }
  bool steps_beyond(std::uint64_t seen, std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    return stepped_.wait_until(lock, waiting_.get_token(), until, [&] { return steps_ != seen; });
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Result<bool> waited = step();
      count_step();
      if (stop.stop_requested() || (waited && *waited)) continue;
      if (!waited) reporter_->trouble("following", waited.error());
      if (!waited && waited.error().kind() == replica::kSucceeded) {
        has_ended_ = true;
        return;
      }
      std::unique_lock lock(mutex_);
      pause_.wait_for(lock, stop, kPause, [] { return false; });
    }
  }

  // True if the hub kept this thread waiting, so that it may be asked again at once.
  Result<bool> step() {
    const std::shared_ptr<replica::Follower> follower = current();
    const Result<replica::FollowerStep> step = follower->step(poll_wait_);
    if (step && step->published) published_();
    if (follower->must_reopen()) TRY(open());
    if (!step) return std::unexpected(step.error());
    TRY(look_after(*follower));
    if (options_.replica.live) {
      if (const auto told = age_.look(follower->status().as_of, options_.replica.clock->now()))
        reporter_->say(*told);
    }
    return step->is_waiting;
  }

  // What is due now and then, where the replica stands at what counts.
  Result<void> look_after(replica::Follower& follower) {
    const replica::FollowerStatus status = follower.status();
    if (status.info.size != status.counted) return {};
    return follower.with_replica([&](replica::Replica& replica) -> Result<void> {
      if (const auto written = zones_.write(replica.registry()); !written)
        reporter_->trouble("zone", written.error());
      if (replica.leaves_since_snapshot() > kServedTailLeavesMax) TRY(replica.store_snapshot());
      return {};
    });
  }

  replica::FollowerOptions options_;
  replica::HubSource* source_;
  ZoneOutput zones_;
  base::Seconds poll_wait_;
  Reporter* reporter_;
  AgeWatch age_;  // the thread's
  std::function<void()> published_;
  mutable std::mutex mutex_;
  std::condition_variable_any pause_;
  std::condition_variable_any stepped_;
  std::uint64_t steps_ = 0;    // guarded by mutex_
  std::stop_source waiting_;   // of who hands in
  base::TreeSize waited_for_;  // only by the thread that hands in
  // Taken before handing_in_: without it records without end would keep the follower broken.
  std::mutex turn_;
  std::mutex handing_in_;  // while a record is handed in the follower is not opened again
  std::shared_ptr<replica::Follower> follower_;  // guarded by mutex_; none if it has ended before
  std::atomic<bool> has_ended_ = false;
  std::jthread thread_;
};

// A mirror has nothing to play: null.
Result<std::unique_ptr<Rounds>> start_rounds(const ServingParts& parts, Serving& serving,
                                             replica::HttpHubSource& door, Reporter& reporter) {
  if (parts.folder->settings.is_mirror()) return nullptr;
  return Rounds::start({parts.files,
                        parts.clock,
                        parts.folder,
                        parts.config,
                        &serving.view(),
                        &serving.mailbox(),
                        &reporter,
                        [&door](const std::string& leaf) { return door.forward(leaf, std::nullopt); },
                        {}});
}

}  // namespace

Result<Answer> serve_following(const ServedFolder& served, os::StopSignal& stop, Reporter& reporter) {
  const auto& [files, folder, config, sockets] = served;
  ASSIGN_OR_RETURN(const std::unique_ptr<base::FileLock> lock, files.lock(folder.layout.lock_file()));
  ASSIGN_OR_RETURN(const std::unique_ptr<base::Clock> clock, load_clock(files, folder));
  ASSIGN_OR_RETURN(const std::unique_ptr<replica::HttpHubSource> source,
                   replica::HttpHubSource::create(folder.settings.hub, {}));
  const replica::FollowerOptions options = follower_options(files, *clock, folder, config);
  FollowLoop loop(options, *source, folder.layout, config.follow.poll_wait, reporter);
  TRY(loop.open());
  ASSIGN_OR_RETURN(const std::unique_ptr<AnnexLoop> annexes, AnnexLoop::create(files, folder, reporter));

  auto submitter = std::make_unique<api::FollowerSubmitter>(
      [&loop](const std::string& leaf, const std::optional<std::string>& annex) {
        return loop.hand_in(leaf, annex);
      });
  ServingParts parts{&files, clock.get(), &folder, &config, submitter.get(), {}, sockets};
  parts.verified = options.replica.verified;
  parts.more_measures = [&loop] { return loop.measures(); };
  ASSIGN_OR_RETURN(const std::unique_ptr<Serving> serving, Serving::load(parts));
  TRY(serving->listen(parts));
  // What members do together goes to the hub by itself: the thread that follows may be waiting for news.
  ASSIGN_OR_RETURN(const std::unique_ptr<replica::HttpHubSource> door,
                   replica::HttpHubSource::create(folder.settings.hub, {}));
  ASSIGN_OR_RETURN(const std::unique_ptr<Rounds> rounds, start_rounds(parts, *serving, *door, reporter));
  loop.start([&serving, &annexes, &rounds] {
    serving->wake();
    annexes->wake();
    if (rounds) rounds->wake();
  });
  annexes->start();
  reporter.ready(folder, serving->addresses());

  while (!stop.wait_for(kWatchPause)) {
    reporter.alive();
    reporter.certificate(serving->renew_certificate());
  }
  reporter.stopping();
  door->interrupt();
  serving->stop(config.stop_grace);
  loop.stop([&source] { source->interrupt(); });
  annexes->stop();
  if (rounds) rounds->stop();
  submitter.reset();
  TRY(loop.store_snapshot());
  return Answer::kYes;
}

}  // namespace apps
