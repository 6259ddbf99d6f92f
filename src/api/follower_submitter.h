// Records that are handed in at a member's own machine: its replica checks them, keeps them as pledges, hands
// them to the hub and holds the hub to them (replica/follower.h). Whether they got onto the log the submitter
// asks again.
#pragma once

#include <functional>
#include <thread>

#include "api/submission_queue.h"
#include "api/submitter.h"

namespace api {

/// Threads: any.   Lifetime: the destructor waits for the call under way and answers the rest with kTooBusy.
class FollowerSubmitter final : public Submitter {
 public:
  /// replica::Follower::hand_in, on a thread of its own: it may wait for the hub.
  using HandIn =
      std::function<base::Result<void>(const std::string& leaf, const std::optional<std::string>& annex)>;
  explicit FollowerSubmitter(HandIn hand_in);
  ~FollowerSubmitter() override;
  /// Errors: the rules' refusal; kHandedOn (it is kept here, and the hub is held to it).
  void submit(std::string leaf, std::optional<storage::Annex> annex, Done done) override;

 private:
  void run(const std::stop_token& stop);

  HandIn hand_in_;
  SubmissionQueue waiting_;
  std::jthread thread_;
};

}  // namespace api
