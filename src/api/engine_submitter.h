// Submitted records on their way into an engine of this process: what comes in while a block is made goes into
// the next call together, so that one thread keeps up with many submitters. An annex is durable before its
// record is ordered, and served once the record stands on the log; after a crash in between the log decides
// (replica/annexes.h).
#pragma once

#include <deque>
#include <thread>
#include <vector>

#include "api/submission_queue.h"
#include "api/submitter.h"
#include "registry/ordering.h"
#include "storage/annex_store.h"

namespace api {

/// Threads: any.   Lifetime: keeps a reference to the engine; the destructor waits for the call under way and
/// answers the rest with kTooBusy.
class EngineSubmitter final : public Submitter {
 public:
  EngineSubmitter(registry::Engine& engine, storage::AnnexStore annexes);
  ~EngineSubmitter() override;
  void submit(std::string leaf, std::optional<storage::Annex> annex, Done done) override;

 private:
  using Waiting = SubmissionQueue::Waiting;
  void run(const std::stop_token& stop);
  void submit_all(std::deque<Waiting> batch);
  std::deque<Waiting> hold_annexes(std::deque<Waiting> batch);
  void settle_annexes(const std::deque<Waiting>& batch,
                      const std::vector<base::Result<registry::Submission>>& results);

  registry::Engine* engine_;
  storage::AnnexStore annexes_;
  SubmissionQueue waiting_;
  std::jthread thread_;
};

}  // namespace api
