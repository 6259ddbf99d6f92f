#include "api/engine_submitter.h"

#include <utility>
#include <vector>

#include "base/limits.h"
#include "engine/cosignatures.h"
#include "engine/embedded/embedded_engine.h"

namespace api {
namespace {

/// Four blocks' worth: what waits longer would rather be asked to come again.
constexpr std::size_t kWaitingMax = 4 * base::kBlockRecordsMax;
constexpr std::size_t kWaitingBytesMax = 4 * base::kBlockBytesMax;

// What waits for its quorum will count.
bool is_on_log(const base::Result<registry::Submission>& result) {
  return result || result.error().kind() == engine::kNotCounted;
}

// The rules refused it, or nothing is ordered at present. After trouble of another kind nobody knows.
bool is_off_log(const base::Result<registry::Submission>& result) {
  if (is_on_log(result)) return false;
  if (result.error().kind() == engine::kQuorumMissing) return true;
  const base::Category category = result.error().kind().category;
  return category != base::Category::kUnavailable && category != base::Category::kCorrupt;
}

}  // namespace

EngineSubmitter::EngineSubmitter(registry::Engine& engine, storage::AnnexStore annexes)
    : engine_(&engine),
      annexes_(std::move(annexes)),
      waiting_(kWaitingMax, kWaitingBytesMax),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

EngineSubmitter::~EngineSubmitter() {
  waiting_.close();
}

void EngineSubmitter::submit(std::string leaf, std::optional<storage::Annex> annex, Done done) {
  waiting_.push({std::move(leaf), std::move(annex), std::move(done)});
}

void EngineSubmitter::run(const std::stop_token& stop) {
  while (true) {
    std::deque<Waiting> batch = waiting_.pop(stop);
    if (batch.empty()) return;
    submit_all(std::move(batch));
  }
}

void EngineSubmitter::submit_all(std::deque<Waiting> batch) {
  batch = hold_annexes(std::move(batch));
  if (batch.empty()) return;
  std::vector<std::string> leaves;
  for (Waiting& waiting : batch) leaves.push_back(std::move(waiting.leaf));
  auto results = engine_->submit(std::move(leaves));
  settle_annexes(batch, results);
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i].done(std::move(results[i]));
}

// Nobody's record is ordered without the reasons that came with it.
std::deque<EngineSubmitter::Waiting> EngineSubmitter::hold_annexes(std::deque<Waiting> batch) {
  std::deque<Waiting> ready;
  for (Waiting& waiting : batch) {
    if (waiting.annex) {
      if (const auto held = annexes_.hold(*waiting.annex); !held) {
        waiting.done(std::unexpected(held.error().at("the record's annex cannot be kept")));
        continue;
      }
    }
    ready.push_back(std::move(waiting));
  }
  return ready;
}

// First what is kept: of two records that name one annex the log may take either. What fails here stays held
// until the next start, and no submitter can help it.
void EngineSubmitter::settle_annexes(const std::deque<Waiting>& batch,
                                     const std::vector<base::Result<registry::Submission>>& results) {
  for (const bool is_kept : {true, false}) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!batch[i].annex) continue;
      const base::Hash commitment = storage::annex_commitment(*batch[i].annex);
      const bool is_dropped = !is_kept && is_off_log(results[i]);
      const base::Result<void> settled = is_kept && is_on_log(results[i]) ? annexes_.keep(commitment)
                                         : is_dropped                     ? annexes_.drop(commitment)
                                                                          : base::Result<void>();
      if (!settled) continue;  // held still: the next start settles it
    }
  }
}

}  // namespace api
