// Going on in a new log: what members of a lost registry draft, sign and seal, each from its own copy of the old one.
// Texts and registries in, texts out; folders and keys are the verbs' (verbs/succeed.cpp). Whether a genesis may
// stand is charter/succession.h's judgement. Format: docs/formats/rules.md "Succession", docs/operations/successor.md
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/founding.h"
#include "apps/reading.h"
#include "base/files.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "note/policy.h"
#include "record/member_sheet.h"
#include "record/record.h"
#include "registry/registry.h"

namespace apps {

/// A registry as one folder has it, at its last counted checkpoint.   Lifetime: keeps a reference to the Files.
struct Predecessor {
  /// Errors: those of Reading and replay; note's, if the checkpoint does not count by the folder's policy.
  static base::Result<Predecessor> open(base::Files& files, const std::string& dir);
  const charter::State& state() const { return registry.charter(); }

  Reading reading;
  note::Policy policy;
  registry::Registry registry;
};

struct SuccessorWish {
  std::string origin;
  base::EpochSeconds time;
  crypto::PublicKey log_key;
  bool by_hand = false;
  std::vector<std::string> paragraphs;  ///< changes of members
};
/// The canonical body, tried by the rules as if everybody had signed.   Errors: record's, the rules'.
base::Result<std::string> successor_body(const Predecessor& old, const SuccessorWish& wish);

/// Does the draft say of the predecessor what this copy of it says?
/// Errors: kOlderPredecessor, kNewerPredecessor, kAlteredDraft.
base::Result<void> check_successor_body(const Predecessor& old, std::string_view body);

/// Every key that may sign: governance keys of the old members, new operator keys, the new log's.
std::vector<record::FoundingKey> successor_keys(const Predecessor& old, const record::Record& genesis);

/// The genesis leaf: one body, every line verifies; of each member that signed with enough of its governance keys
/// exactly as many as are asked for, of the others none.   Errors: kAlteredDraft, kStrangeSignature, the rules'.
base::Result<std::string> seal_successor(const Predecessor& old, std::span<const PartlySigned> copies);

/// The step for clients (docs/formats/receipts.md#successor-step), which the old policy accepts.
base::Result<std::string> make_successor_step(const Predecessor& old, const std::string& genesis_leaf);

inline constexpr base::ErrorKind kOlderPredecessor{"older-predecessor", base::Category::kDenied,
                                                   "docs/operations/successor.md"};
inline constexpr base::ErrorKind kNewerPredecessor{"newer-predecessor", base::Category::kConflict,
                                                   "docs/operations/successor.md"};
inline constexpr base::ErrorKind kCosignedMore{"cosigned-more", base::Category::kDenied,
                                               "docs/operations/successor.md"};

}  // namespace apps
