// All of one member's part in what members do together beside ordering: key ceremonies (ceremony_part.h) and signing
// rounds (signing_part.h), with the messages between them checked on the way in and signed on the way out. What it acts
// upon is one state, this member's own, under a counted checkpoint. Who carries messages, and who asks when, is for
// whoever runs it (apps/rounds.h; tests have simpler ways).
// Format: docs/formats/rounds.md
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/random.h"
#include "base/result.h"
#include "charter/state.h"
#include "note/key.h"
#include "replica/ceremony_part.h"
#include "replica/mailbox.h"
#include "replica/signing_part.h"

namespace replica {

struct RoundsOptions {
  base::Files* files = nullptr;
  std::string folder;  ///< this member's, for its secrets
  std::string member;
  base::Random* random = nullptr;
  unsigned threads = 1;
  base::Seconds repeat{10};
  base::Seconds missing_after{21'600};
  base::Seconds patience{4};
};

/// What one step sees.
struct RoundsWorld {
  const charter::State& state;
  std::span<const SigningJob> jobs;
  base::EpochSeconds now;
  const note::Signer& signer;      ///< the operator key of type 0x01 that is in force
  std::optional<Begins> begins{};  ///< as SigningWorld's
};

/// What came of it.
struct RoundsStep {
  std::vector<std::string> leaves;  ///< for the log
  std::vector<std::string> mail;    ///< for mailboxes, signed
  std::vector<JobSignatures> done;  ///< for whoever asked for the jobs
  std::vector<FalseShare> false_shares;
  std::vector<base::Hash> wanted;  ///< private parts that may stand on the log (take_part)
  std::vector<base::Error> troubles;
  void append(RoundsStep more);
};

/// Threads: one.
class RoundsPart {
 public:
  explicit RoundsPart(RoundsOptions options);

  RoundsStep step(const RoundsWorld& world);
  /// A message out of a mailbox, believed by nobody yet.
  RoundsStep take(const RoundsWorld& world, std::string_view text);
  /// A private part that stood on the log.   Errors: as CeremonyPart::take_part.
  base::Result<void> take_part(const charter::State& state, base::ByteView part);
  /// What a mailbox is asked with for messages after this number.
  std::string fetch(const RoundsWorld& world, std::uint64_t after) const;

  const std::string& member() const { return options_.member; }
  const CeremonyPart& ceremonies() const { return ceremonies_; }
  const SigningPart& signing() const { return signing_; }

 private:
  void append(const RoundsWorld& world, const std::vector<Parcel>& parcels, RoundsStep& step) const;
  void append(const RoundsWorld& world, SigningStep signing, RoundsStep& step) const;

  RoundsOptions options_;
  CeremonyPart ceremonies_;
  SigningPart signing_;
};

}  // namespace replica
