// Checks signatures of many records on all cores before the rules ask for them one by one. The rules still
// decide which key must have signed; this only remembers what was verified under which key, so a wrong guess
// costs time, never truth.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "charter/signature_checker.h"
#include "charter/state.h"
#include "crypto/ed25519.h"
#include "record/record.h"

namespace registry {

/// The key that a signature line was tried under, and how that went.
struct TriedSignature {
  std::optional<crypto::PublicKey> key;  ///< nothing if no candidate key was found
  bool verified = false;
};

/// Tries every signature line of `record` under the key that its name and key id point to: in the record's
/// own paragraphs (new keys) or in the party's present object.   Threads: any, while nobody writes the state.
std::vector<TriedSignature> try_signatures(const record::Record& record, const charter::State& state);

class RememberingChecker;

/// Tries the signatures of all `records` (null ones are passed over) on up to `threads` threads.
/// Lifetime: the checker refers to the records by address.
void remember_signatures(RememberingChecker& checker, std::span<const record::Record* const> records,
                         const charter::State& state, unsigned threads);

/// Answers from what was tried; verifies on the spot where the rules ask for another key.
/// Order: remember* before the state changes, then verifies; cheapest in the order of remember.
/// Threads: one.
class RememberingChecker final : public charter::SignatureChecker {
 public:
  void remember(const record::Record& record, std::vector<TriedSignature> tried);
  bool verifies(const record::Record& record, std::size_t index, const crypto::PublicKey& key) override;

 private:
  struct Remembered {
    const record::Record* record;
    std::vector<TriedSignature> tried;
  };
  const Remembered* find(const record::Record& record);

  std::vector<Remembered> remembered_;
  std::size_t next_ = 0;  // where the last one was found: the rules ask record by record
};

/// Takes every signature for good: for audits of records that a counted checkpoint covers.
class TrustingChecker final : public charter::SignatureChecker {
 public:
  bool verifies(const record::Record&, std::size_t, const crypto::PublicKey&) override { return true; }
};

}  // namespace registry
