#include "apps/rounds.h"

#include <algorithm>
#include <utility>

#include "net/errors.h"
#include "record/record.h"
#include "replica/ceremony_part.h"

namespace apps {

using base::Result;

namespace {

/// While something is under way.
constexpr std::chrono::milliseconds kBusyPause{200};
constexpr std::chrono::seconds kMailTimeout{10};
constexpr std::chrono::seconds kConnectTimeout{3};
/// After a mailbox did not answer.
constexpr std::chrono::seconds kLeftAlone{10};
constexpr std::size_t kAnswerBytesMax = std::size_t{10} << 20;
/// Parts repeat what was not heard; more than that is of no use.
constexpr std::size_t kLeavesWaitingMax = 256;
constexpr std::string_view kRoundsPath = "/api/v1/rounds";
constexpr std::string_view kPrivatePartLine = "\nstep: private-part\n";

}  // namespace

Result<std::unique_ptr<Rounds>> Rounds::start(RoundsSources sources) {
  std::unique_ptr<Rounds> rounds(new Rounds(std::move(sources)));
  const RoundsSources& own = rounds->sources_;
  ASSIGN_OR_RETURN(
      rounds->seats_,
      RoundSeats::open({own.files, own.clock, &rounds->random_, own.folder, threads_of(*own.config),
                        own.config->rounds.repeat, own.config->rounds.missing_after,
                        own.add_log_line ? replica::Begins::kHere : replica::Begins::kElsewhere}));
  const std::size_t seats = rounds->seats_->size();
  if (seats == 0) return nullptr;
  rounds->fetched_.resize(seats);
  rounds->looked_.resize(seats);
  rounds->looked_for_.resize(seats);
  std::vector<std::string> urls = own.config->rounds.mailboxes;
  if (!own.folder->settings.hub.empty()) urls.insert(urls.begin(), own.folder->settings.hub);
  for (const std::string& url : urls) {
    net::ClientOptions options;
    options.connect_timeout = kConnectTimeout;
    options.timeout = kMailTimeout;
    options.body_bytes_max = kAnswerBytesMax;
    ASSIGN_OR_RETURN(auto client, net::Client::create(url, options));
    rounds->remotes_.push_back({url, std::move(client), {}, std::vector<std::uint64_t>(seats)});
  }
  Rounds* const self = rounds.get();
  rounds->thread_ = std::jthread([self](const std::stop_token& stop) { self->run(stop); });
  rounds->sender_ = std::jthread([self](const std::stop_token& stop) { self->run_sender(stop); });
  return rounds;
}

void Rounds::wake() {
  const std::scoped_lock lock(mutex_);
  awake_ = true;
  woken_.notify_all();
}

void Rounds::stop() {
  thread_.request_stop();
  sender_.request_stop();
  for (Remote& remote : remotes_) remote.client->interrupt();
  if (thread_.joinable()) thread_.join();
  if (sender_.joinable()) sender_.join();
}

void Rounds::run(const std::stop_token& stop) {
  const std::chrono::milliseconds idle = std::chrono::seconds(sources_.config->rounds.poll_every.value());
  while (!stop.stop_requested()) {
    const bool is_busy = turn();
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, stop, is_busy ? kBusyPause : idle, [this] { return awake_; });
    awake_ = false;
  }
}

bool Rounds::turn() {
  bool is_busy = false;
  for (std::size_t seat = 0; seat < seats_->size(); ++seat) {
    SeatStep step;
    const bool has_state = with_state([&](const SeatView& view) {
      step = seats_->step(seat, view);
      is_busy = is_busy || seats_->is_busy(view);
    });
    if (!has_state) return false;
    carry_out(seat, std::move(step));
    fetch_own(seat);
    for (Remote& remote : remotes_) fetch(remote, seat);
  }
  return is_busy;
}

bool Rounds::with_state(const std::function<void(const SeatView&)>& work) {
  const auto done = sources_.view->read([&](const registry::Registry& registry, const replica::LogIndex&,
                                            const replica::Published& published) -> Result<void> {
    work({registry, published.text});
    return {};
  });
  return done.has_value();
}

void Rounds::fetch_own(std::size_t seat) {
  std::string message;
  with_state([&](const SeatView& view) { message = seats_->fetch(seat, view, fetched_[seat]); });
  if (message.empty()) return;
  const auto answer = sources_.mailbox->take(message);
  const auto fetched =
      answer ? replica::parse_fetched(*answer) : Result<replica::Fetched>(std::unexpected(answer.error()));
  if (!fetched) return sources_.reporter->trouble("own mailbox", fetched.error());
  fetched_[seat] = fetched->last;
  take(seat, *fetched);
}

void Rounds::fetch(Remote& remote, std::size_t seat) {
  if (std::chrono::steady_clock::now() < remote.not_before) return;
  std::string message;
  with_state([&](const SeatView& view) { message = seats_->fetch(seat, view, remote.fetched[seat]); });
  if (message.empty()) return;
  const auto answer = post(remote, message);
  if (!answer) return;
  const auto fetched = replica::parse_fetched(answer->text());
  if (!fetched) return sources_.reporter->trouble("mailbox " + remote.url, fetched.error());
  remote.fetched[seat] = fetched->last;
  take(seat, *fetched);
}

void Rounds::take(std::size_t seat, const replica::Fetched& fetched) {
  for (const std::string& text : fetched.messages) {
    SeatStep step;
    with_state([&](const SeatView& view) { step = seats_->take(seat, view, text); });
    carry_out(seat, std::move(step));
  }
}

void Rounds::carry_out(std::size_t seat, SeatStep step) {
  const std::string& member = seats_->member(seat);
  for (const base::Error& error : step.troubles) sources_.reporter->trouble(member + "'s rounds", error);
  for (const std::string& remark : step.remarks) sources_.reporter->say(remark);
  for (const std::string& message : step.mail) put(message);
  for (const replica::LogLine& line : step.log_lines) {
    if (!sources_.add_log_line) continue;
    // Another checkpoint may stand there by now; then its own round is under way.
    [[maybe_unused]] const auto added = sources_.add_log_line(line);
  }
  if (!step.leaves.empty()) {
    const std::scoped_lock lock(mutex_);
    for (std::string& leaf : step.leaves) {
      if (leaves_.size() < kLeavesWaitingMax) leaves_.push_back(std::move(leaf));
    }
    leaves_came_.notify_all();
  }
  look_on_log(seat, step.wanted);
}

// Members behind firewalls read the hub's mailbox and those they are told of; the hub's own is the hub's.
void Rounds::put(const std::string& message) {
  if (sources_.folder->settings.hub.empty()) {
    if (const auto kept = sources_.mailbox->take(message); !kept)
      sources_.reporter->trouble("own mailbox", kept.error());
  }
  for (Remote& remote : remotes_) {
    if (std::chrono::steady_clock::now() < remote.not_before) continue;
    // One that cannot be reached is left alone for a while; post has told.
    [[maybe_unused]] const auto answer = post(remote, message);
  }
}

Result<net::Response> Rounds::post(Remote& remote, const std::string& message) {
  auto answer = remote.client->post(kRoundsPath, "text/plain", message);
  if (answer && answer->status < 300) return answer;
  if (answer) {
    answer = base::fail(net::kBadAnswer, remote.url + ": status " + std::to_string(answer->status) + " " +
                                             std::string(answer->text().substr(0, 200)));
  }
  if (!(answer.error().kind() == net::kInterrupted))
    sources_.reporter->trouble("mailbox " + remote.url, answer.error());
  remote.not_before = std::chrono::steady_clock::now() + kLeftAlone;
  return answer;
}

// A private part that nobody sends may have been asked for, and given, on the log.
void Rounds::look_on_log(std::size_t seat, const std::vector<base::Hash>& wanted) {
  if (wanted.empty()) return;
  const auto log = sources_.view->log();
  if (!log) return;
  const std::set<base::Hash> now(wanted.begin(), wanted.end());
  if (!std::ranges::includes(looked_for_[seat], now)) looked_[seat] = base::LeafIndex(0);
  looked_for_[seat] = now;
  const base::LeafIndex end(log->size().value());
  if (looked_[seat] >= end) return;
  const auto read =
      log->read_leaves(looked_[seat], end, [&](base::LeafIndex, base::ByteView leaf) -> Result<void> {
        const std::string_view text = base::as_text(leaf);
        if (!text.contains(kPrivatePartLine)) return {};
        const auto record = record::Record::parse(text);
        const auto part = record ? replica::private_part_in(*record) : std::nullopt;
        if (part) with_state([&](const SeatView& view) { seats_->take_part(seat, view, *part); });
        return {};
      });
  if (!read) return sources_.reporter->trouble("reading the log", read.error());
  looked_[seat] = end;
}

void Rounds::run_sender(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::string leaf;
    {
      std::unique_lock lock(mutex_);
      leaves_came_.wait(lock, stop, [this] { return !leaves_.empty(); });
      if (stop.stop_requested()) return;
      leaf = std::move(leaves_.front());
      leaves_.pop_front();
    }
    // Refused is what others have brought meanwhile; what is still wanted comes again.
    const auto done = sources_.submit(leaf);
    if (!done && done.error().kind().category == base::Category::kUnavailable && !stop.stop_requested())
      sources_.reporter->trouble("handing a record in", done.error());
    wake();
  }
}

}  // namespace apps
