#include "apps/session.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "apps/key_files.h"
#include "apps/policies.h"
#include "base/limits.h"
#include "codec/time_text.h"
#include "os/system_clock.h"
#include "record/kind_table.h"
#include "replica/annexes.h"
#include "replica/policy_keeper.h"
#include "storage/annex_store.h"
#include "storage/checkpoint_file.h"

namespace apps {

using base::Result;

namespace {

/// A start replays at most this many leaves before a closing session writes a new snapshot: about 10 ms of
/// signatures.
constexpr std::uint64_t kTailLeavesMax = 48;
/// Due moments that one call of advance may stop at: a mistake in the rules must not become an endless loop.
constexpr std::size_t kDueStopsMax = 1'000'000;

// One member cannot publish alone: where the others run elsewhere, records go to the hub, and the hub's process
// brings them to everybody.
Result<void> check_shared(const RegistryFolder& folder, bool asks_others) {
  const FolderSettings& settings = folder.settings;
  if (settings.is_shared() || (settings.is_hub() && asks_others)) return {};
  const std::string who = settings.self.empty() ? "a mirror's" : settings.self + "'s";
  return base::fail(kGoesToHub, folder.layout.dir + " is " + who + " folder alone; hand the record to " +
                                    (settings.is_hub() ? "`comity serve`, which runs the hub on this folder"
                                                       : "the hub, " + settings.hub));
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(base::Files& files, std::string dir, SessionOptions options) {
  ASSIGN_OR_RETURN(RegistryFolder folder, RegistryFolder::open(files, std::move(dir)));
  TRY(check_shared(folder, options.remote != nullptr));
  std::unique_ptr<Session> session(new Session());
  session->files_ = &files;
  session->options_ = std::move(options);
  if (!session->options_.verified)
    session->options_.verified = std::make_shared<publish::VerifiedSignatures>(session->options_.threads);
  session->folder_ = std::move(folder);
  ASSIGN_OR_RETURN(session->lock_, files.lock(session->folder_.layout.lock_file()));
  ASSIGN_OR_RETURN(const bool is_succeeded, files.exists(session->folder_.layout.succeeded_file()));
  if (is_succeeded) {
    return base::fail(replica::kSucceeded,
                      session->folder_.layout.succeeded_file() +
                          " names the log in which this registry goes on; this one has ended");
  }
  ASSIGN_OR_RETURN(session->clock_, load_clock(files, session->folder_));
  TRY(session->open_replicas());
  session->zones_.emplace(files, session->folder_.layout.publish_folder());
  TRY(session->start_engine());
  session->redactions_ = Redactions::load(files, session->folder_.layout);
  TRY(session->apply_redactions());
  storage::AnnexStore annexes(files, session->folder_.layout.annex_folder());
  TRY(replica::settle_held(annexes, session->sequencer().log()));
  return session;
}

Result<void> Session::open_replicas() {
  ASSIGN_OR_RETURN(OperatorKeys keys, OperatorKeys::load(*files_, folder_.layout));
  TRY(open_seat(folder_.settings.sequencer, keys));
  // The rules do not ask who orders the records: a member that has left may go on, and the others may mind.
  const std::vector<charter::CosignerKey> cosigners = registry().charter().cosigners();
  if (std::ranges::none_of(cosigners,
                           [&](const charter::CosignerKey& one) { return one.member == members_.front(); }))
    warnings_.push_back(members_.front() +
                        " orders the records and is no member any more; it cosigns nothing "
                        "(docs/operations/leaving.md)");
  // A crash may have lost the clock's last move, never a block's time.
  if (auto* const clock = dynamic_cast<FolderClock*>(clock_.get())) {
    clock->move_to(std::max(clock->now(), sequencer().info().time));
  }
  TRY(keys.mark_unused(registry().charter()));
  for (const std::string& member : keys.members()) {
    if (member == folder_.settings.sequencer) continue;
    // A member whose replica is damaged or differs sits out, and is named; the others go on without it.
    if (const auto opened = open_seat(member, keys); !opened) {
      warnings_.push_back("sits out: " + opened.error().message());
    }
  }
  return {};
}

Result<void> Session::open_seat(const std::string& member, OperatorKeys& keys) {
  const FolderLayout& layout = folder_.layout;
  const bool is_sequencer = member == folder_.settings.sequencer;
  replica::ReplicaOptions options;
  options.files = files_;
  options.clock = clock_.get();
  options.own_folder = layout.member_folder(member);
  options.log_folder = is_sequencer ? layout.log_folder() : options.own_folder + "/log";
  options.snapshot_folder = is_sequencer ? layout.snapshot_folder() : options.own_folder + "/snapshots";
  options.live = folder_.settings.clock == ClockKind::kReal;
  // The others execute beside the sequencer, each on a thread of its own.
  options.threads = is_sequencer ? options_.threads : 1;
  options.verified = options_.verified;

  auto replica = replica::Replica::open(options, folder_.settings.origin);
  if (!replica && replica.error().kind() == replica::kNotFounded && !is_sequencer) {
    TRY(keys.check_never_cosigned(member, registry().charter()));
    ASSIGN_OR_RETURN(const base::Bytes genesis, files_->read(layout.genesis_file(), base::kRecordBytesMax));
    replica = replica::Replica::create(options, base::as_text(genesis));
  }
  if (!replica) return std::unexpected(replica.error().at("member " + member));
  for (const std::string& warning : (*replica)->warnings())
    warnings_.push_back(member + " passed over " + warning);
  // The sequencer's state is the newest; it is loaded first.
  const charter::State& state = is_sequencer ? (*replica)->registry().charter() : registry().charter();
  ASSIGN_OR_RETURN(const note::Signer* const key, keys.choose(member, state));
  TRY(keys.forget_unused(*key, state));
  (*replica)->seat(member, make_cosigner(*key, folder_.settings.origin));
  if (!is_sequencer) {
    if (auto behind = (*replica)->catch_up(sequencer().log()); !behind) {
      return std::unexpected(behind.error().at("member " + member));
    }
  }
  members_.push_back(member);
  replicas_.push_back(std::move(*replica));
  return {};
}

Result<void> Session::start_engine() {
  ASSIGN_OR_RETURN(note::Signer log_key, load_key(*files_, folder_.layout.key_file("log", "log")));
  log_key_ = log_key.verifier_key();
  std::vector<engine::Seat> seats;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    seats.push_back({members_[i], replicas_[i].get(), replicas_[i].get()});
  }
  engine::EmbeddedOptions options;
  options.origin = folder_.settings.origin;
  options.clock = clock_.get();
  options.published = [this](const std::string& checkpoint) { return after_checkpoint(checkpoint); };
  options.remote = options_.remote;
  engine_ =
      std::make_unique<engine::EmbeddedEngine>(std::move(seats), std::move(log_key), std::move(options));

  // Whether the last block was published is seen from the checkpoint; a crash may have come before it.
  ASSIGN_OR_RETURN(const auto published, published_size(*files_, folder_.layout.log_folder()));
  ASSIGN_OR_RETURN(const auto policy_epoch, load_policy_epoch(*files_, folder_.layout.policy_file()));
  policy_epoch_ = policy_epoch.value_or(base::Epoch(0));
  // A crash between a step's checkpoint and its policy leaves the policy behind: only that checkpoint bears
  // the cosignatures of both sets of members, so it is made again before another block.
  const bool is_step_due = policy_epoch_ != registry().charter().policy_epoch();
  if (published && *published == sequencer().info().size && !is_step_due) {
    write_zones();  // a crash may have come between the checkpoint and its zones
    return {};
  }
  const Result<void> counted = engine_->publish_checkpoint();
  // Members elsewhere may not be there yet; whoever keeps the hub asks them again.
  if (!counted && options_.remote != nullptr && counted.error().kind() == engine::kNotCounted) return {};
  return counted;
}

std::vector<Result<registry::Submission>> Session::submit(std::vector<std::string> leaves) {
  return engine_->submit(std::move(leaves));
}

Result<void> Session::advance(base::Seconds duration) {
  auto* const clock = dynamic_cast<FolderClock*>(clock_.get());
  if (clock == nullptr) return base::fail(kRealClock, "this registry's time is real and cannot be advanced");
  if (duration.value() > record::kBlockTimeMax.value() - clock->now().value())
    return base::fail(codec::kBadTime, "no block stands after the beginning of the year 9000");
  const base::EpochSeconds target = clock->now() + duration;
  for (std::size_t stops = 0; stops < kDueStopsMax; ++stops) {
    const auto due = registry().next_due();
    if (!due || *due > target) break;
    clock->move_to(std::max(clock->now(), *due));
    TRY(engine_->tick(clock->now()));
    if (options_.settled) options_.settled(*this);
  }
  clock->move_to(target);
  TRY(engine_->tick(target));
  if (options_.settled) options_.settled(*this);
  return store_clock();
}

// The engine calls this before it executes another block, so the replica still stands at the checkpoint.
Result<void> Session::after_checkpoint(const std::string& checkpoint) {
  const base::Epoch epoch = registry().charter().policy_epoch();
  if (epoch != policy_epoch_) {
    TRY(write_policy(*files_, folder_, sequencer(), log_key_, checkpoint));
    policy_epoch_ = epoch;
  }
  write_zones();
  if (options_.published) options_.published();
  return {};
}

// A zone that cannot be written, because the disk is full or for what reason ever, keeps no record from the log: the
// last good one stays, and the next checkpoint tries again.
void Session::write_zones() {
  const auto written = zones_->write(registry());
  if (written) return;
  if (options_.zone_trouble) {
    options_.zone_trouble(written.error());
  } else {
    warnings_.push_back("the published zone could not be written: " + written.error().message());
  }
}

Result<void> Session::store_clock() {
  if (folder_.settings.clock == ClockKind::kReal) return {};
  const std::string text = codec::serialize_time(clock_->now()) + "\n";
  return base::replace_file(*files_, folder_.layout.clock_file(), base::as_bytes(text),
                            base::FileMode::kPublic);
}

Result<void> Session::store_long_tails(std::uint64_t tail_max) {
  for (const auto& replica : replicas_) {
    if (replica->leaves_since_snapshot() > tail_max) TRY(replica->store_snapshot());
  }
  return {};
}

Result<void> Session::apply_redactions() {
  return redactions_->apply(sequencer().log());
}

Result<void> Session::close() {
  TRY(store_clock());
  TRY(store_long_tails(kTailLeavesMax));
  lock_.reset();
  return {};
}

}  // namespace apps
