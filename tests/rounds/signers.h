// The holders of one group key in one process, each with the production's part in signing rounds, and a wire between
// them on which tests silence, alter, repeat and watch messages. The key is made by a fleet; everything follows from a
// seed.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "replica/signing_part.h"
#include "rounds/fleet.h"

namespace rounds {

struct Sent {
  std::string from;
  replica::Parcel parcel;
};

class Signers {
 public:
  Signers(unsigned members, std::uint64_t seed);

  /// What every member's state asks to be signed, unless `knows` says otherwise.
  void want(const replica::SigningJob& job) { jobs_ = {job}; }
  replica::SigningJob job(const std::string& text, std::size_t count = 1) const;

  /// One second: everybody steps, all mail is delivered, answers to it too.
  void second();
  /// Seconds until somebody has the signatures, at most `seconds`.
  bool run(unsigned seconds);
  /// The process of this member ends and another one begins.
  void restart(const std::string& member);

  /// The record that a member brings to the log about a wrong share.
  std::string evidence(const replica::FalseShare& one, const std::string& by);

  /// What an answer says about its share at `position`. `signers`: the body that it answers.
  std::optional<charter::ShareProof> proof_of(const replica::SigningJob& job, const base::Bytes& signers,
                                              const Sent& answer, std::size_t position);
  /// `coordinator` asks `member` for commitments to this job, in a session of its own for each `session`.
  void open(const std::string& coordinator, const std::string& member, const replica::SigningJob& job,
            std::uint8_t session = 7);

  const crypto::PublicKey& key() const { return key_; }
  Fleet& fleet() { return fleet_; }
  const charter::GroupKeyEntry& entry() const { return entry_; }
  bool verifies(const replica::JobSignatures& done) const;
  replica::SigningPart& part(const std::string& member) { return *parts_.at(member); }
  /// `on_its_way`: seconds since it was sent.
  void deliver(const std::string& from, const replica::Parcel& parcel, std::uint64_t on_its_way = 0);

  std::set<std::string> silent;
  /// Give one wrong share in each session of others, and answer for it.
  std::set<std::string> liars;
  /// What goes over the wire instead; nothing: it is lost.
  std::function<std::optional<replica::Parcel>(const Sent&)> wire;
  std::function<bool(const std::string& member)> knows;  ///< the member's state has the job; default: yes
  std::vector<std::pair<std::string, replica::JobSignatures>> done;
  std::vector<replica::FalseShare> false_shares;
  std::vector<Sent> seen;  ///< all that was delivered
  std::vector<std::string> troubles;
  std::uint64_t now = 0;  ///< the log's, at the beginning

 private:
  void collect(const std::string& member, replica::SigningStep step);
  void lie(const std::string& member, replica::Parcel& parcel);

  Fleet fleet_;
  crypto::PublicKey key_;
  charter::GroupKeyEntry entry_;
  std::map<std::string, std::unique_ptr<replica::SigningPart>> parts_;
  std::vector<replica::SigningJob> jobs_;
  std::deque<Sent> mail_;
  std::map<base::Hash, base::Bytes> asked_;  // bodies of `signers`, by session
};

}  // namespace rounds
