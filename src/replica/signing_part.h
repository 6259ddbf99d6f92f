// One member's part in signing rounds: commits for those who ask, signs what its own state asks to be signed and nothing
// else, and, where a signature is missing, brings a round about itself. Anybody may coordinate; members begin one after
// another until one succeeds, so it takes nobody in particular. Who gives a wrong share is named with a proof for the
// log, and asked no more for a day; who is silent is asked last. Nonces answer once, and die with the process. Messages
// in, messages out.
// Format: docs/formats/rounds.md, "Signing rounds"; docs/formats/threshold.md, "Signing"
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "charter/ceremony_entries.h"
#include "charter/share_proof.h"
#include "charter/state.h"
#include "crypto/ed25519.h"
#include "replica/parcel.h"
#include "replica/round_message.h"
#include "replica/stated_shares.h"
#include "threshold/frost.h"
#include "threshold/nonces.h"
#include "threshold/secret_files.h"

namespace replica {

/// Who brings a round about: the holders, one after another, or one member because it alone can use what comes of it.
enum class Begins : std::uint8_t { kInTurn, kHere, kElsewhere };

/// What one session signs. Every member makes the same one from its own state.
struct SigningJob {
  base::Hash name;  ///< names key and messages
  crypto::PublicKey key;
  std::vector<base::Bytes> messages;
  Begins begins = Begins::kInTurn;
  base::Hash turn;  ///< jobs that are of use only together have one: who coordinates one coordinates all
};
/// Shapes: at least one message, at most job_messages_max of the key's threshold (CHECKed when it is signed).
SigningJob make_job(const crypto::PublicKey& key, std::vector<base::Bytes> messages);
/// More would not fit a message of that many signers' commitments.
std::size_t job_messages_max(std::size_t threshold);

struct JobSignatures {
  base::Hash job;
  std::vector<crypto::Signature> signatures;  ///< one for each message, each verified
};

/// A signer whose share was wrong, and what shows it to everybody.
struct FalseShare {
  base::Hash job;
  charter::ShareProof proof;
  bool is_new = true;  ///< else told again, because the log does not know it yet
};

struct SigningStep {
  std::vector<Parcel> parcels;
  std::vector<JobSignatures> done;
  std::vector<FalseShare> false_shares;
  std::vector<base::Error> troubles;
  void append(SigningStep more);
};

struct SigningOptions {
  std::string member;
  base::Random* random = nullptr;
  unsigned threads = 1;
  /// How long an answer is waited for (shares: twice as long in each further session of a job, so that slow machines
  /// get there), and each further coordinator waits before it begins.
  base::Seconds patience{4};
  base::Seconds repeat{10};  ///< of what the log does not know yet
};

/// This member's present share of a key; nothing if it has none (CeremonyPart::share).
using ShareOf = std::function<base::Result<std::optional<threshold::StoredShare>>(const crypto::PublicKey&)>;

/// What a step sees. All of it is this member's own.
struct SigningWorld {
  const charter::State& state;
  std::span<const SigningJob> jobs;  ///< what its own state says is to be signed now
  const ShareOf& share;
  const note::Signer& signer;      ///< the operator key in force, which answers for the shares
  std::optional<Begins> begins{};  ///< for all jobs, whatever they say: several members in one process
};

/// Threads: one.   Order: step after each block and now and then; take for each message.
class SigningPart {
 public:
  explicit SigningPart(SigningOptions options);

  SigningStep step(const SigningWorld& world, base::EpochSeconds now);
  /// A message of another member, verified. What is no answer to anything is passed over.
  SigningStep take(const SigningWorld& world, const RoundMessage& message, base::EpochSeconds now);

  /// Nonce pairs in memory: for tests and metrics.
  std::size_t nonces() const;

 private:
  // As a signer: a session for which it has committed and not signed.
  struct Committed {
    std::string coordinator;
    base::Hash job;
    base::EpochSeconds since;
    threshold::Nonces nonces;
  };
  // As a signer: somebody asked for a job that the own state does not know yet.
  struct Early {
    base::Hash session;
    base::Bytes body;
    base::EpochSeconds since;
  };
  // As a coordinator: one session.
  struct Answer {
    std::string member;
    threshold::Identifier identifier;
    base::Bytes commitments;  // as it sent them
    std::vector<threshold::Commitment> points;
  };
  struct Round {
    base::Hash session;
    base::Bytes opening;
    base::EpochSeconds since;  // of the phase
    base::EpochSeconds asked;
    unsigned failed = 0;          // sessions of this job whose shares did not come in time
    std::vector<Answer> answers;  // in the order in which they came
    std::optional<threshold::SigningSession> signing;
    record::RecordId sharing;  // whose shares the session asks for
    base::Bytes signers;       // body of that message
    std::map<threshold::Identifier, StatedShares> shares;
  };
  // Of one member: until the log knows, or it is too late for it.
  struct Accusation {
    FalseShare share;
    base::EpochSeconds told;
  };
  // As a holder: what the others do about a job, so that nobody begins what another is about to end. Only what is new
  // from a coordinator counts: one that opens again and again holds nobody up.
  struct Seen {
    base::EpochSeconds last;  // the job itself, or the first of a coordinator's sessions or signings
    std::set<std::pair<std::string, Purpose>> from;
  };
  // Everything of one call.
  struct Turn;

  void deliver(Turn& turn);
  void receive(Turn& turn, const RoundMessage& message);
  void commit(Turn& turn, const std::string& from, const base::Hash& session, const base::Bytes& body);
  void sign(Turn& turn, const RoundMessage& message);
  void take_commitments(Turn& turn, const RoundMessage& message);
  void take_shares(Turn& turn, const RoundMessage& message);
  void note_progress(const Turn& turn, const base::Hash& job, const std::string& coordinator, Purpose what);
  void coordinate(Turn& turn, const SigningJob& job);
  void pursue(Turn& turn, const SigningJob& job, Round& round);
  void open(Turn& turn, const SigningJob& job, unsigned failed = 0);
  void ask(Turn& turn, const SigningJob& job, Round& round);
  void choose(Turn& turn, const SigningJob& job, Round& round);
  void finish(Turn& turn, const SigningJob& job, Round& round);
  void blame(Turn& turn, const SigningJob& job, const Round& round, const threshold::Aggregate& result);
  void accuse(Turn& turn);
  void forget_old(Turn& turn);
  bool is_left_out(const Turn& turn, const std::string& member) const;
  bool is_slow(const std::string& member, base::EpochSeconds now) const;
  const threshold::GroupKeys* keys_of(const charter::GroupKeyEntry& entry);

  SigningOptions options_;
  std::map<base::Hash, Committed> committed_;  // by session
  std::map<std::string, std::deque<Early>> early_;
  std::map<base::Hash, Round> rounds_;                 // by job
  std::map<base::Hash, Seen> seen_;                    // by job
  std::map<base::Hash, base::EpochSeconds> finished_;  // when
  std::map<std::string, base::EpochSeconds> cheated_until_;
  std::map<std::string, Accusation> accusations_;  // by member
  std::map<std::string, base::EpochSeconds> slow_until_;
  std::map<std::pair<crypto::PublicKey, record::RecordId>, threshold::GroupKeys> keys_;
};

}  // namespace replica
