#include "api/engine_submitter.h"

#include <utility>
#include <vector>

#include "base/limits.h"
#include "engine/cosignatures.h"

namespace api {
namespace {

/// Four blocks' worth: what waits longer would rather be asked to come again.
constexpr std::size_t kWaitingMax = 4 * base::kBlockRecordsMax;
constexpr std::size_t kWaitingBytesMax = 4 * base::kBlockBytesMax;

base::Error busy() {
  return base::Error(kTooBusy, "too many records wait; submit it again in a moment");
}

}  // namespace

EngineSubmitter::EngineSubmitter(registry::Engine& engine, storage::AnnexStore annexes)
    : engine_(&engine),
      annexes_(std::move(annexes)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

EngineSubmitter::~EngineSubmitter() {
  std::deque<Waiting> left;
  {
    const std::scoped_lock guard(mutex_);
    is_stopped_ = true;
    left.swap(waiting_);
  }
  for (const Waiting& waiting : left) waiting.done(std::unexpected(busy()));
}

void EngineSubmitter::submit(std::string leaf, std::optional<storage::Annex> annex, Done done) {
  {
    const std::scoped_lock guard(mutex_);
    if (!is_stopped_ && waiting_.size() < kWaitingMax && bytes_ + leaf.size() <= kWaitingBytesMax) {
      bytes_ += leaf.size();
      waiting_.push_back({std::move(leaf), std::move(annex), std::move(done)});
      changed_.notify_one();
      return;
    }
  }
  done(std::unexpected(busy()));
}

void EngineSubmitter::run(const std::stop_token& stop) {
  while (true) {
    std::deque<Waiting> batch;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
      batch.swap(waiting_);
      bytes_ = 0;
    }
    submit_all(std::move(batch));
  }
}

void EngineSubmitter::submit_all(std::deque<Waiting> batch) {
  std::vector<std::string> leaves;
  for (Waiting& waiting : batch) leaves.push_back(std::move(waiting.leaf));
  auto results = engine_->submit(std::move(leaves));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Waiting& waiting = batch[i];
    // What is on the log and waits for its quorum will count: its reasons are kept as well.
    const bool is_on_log = results[i] || results[i].error().kind() == engine::kNotCounted;
    if (is_on_log && waiting.annex) {
      if (auto kept = annexes_.put(*waiting.annex); !kept)
        results[i] = std::unexpected(kept.error().at("the record is on the log, its annex is not kept"));
    }
    waiting.done(std::move(results[i]));
  }
}

}  // namespace api
