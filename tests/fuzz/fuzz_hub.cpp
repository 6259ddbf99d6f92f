// Aim: no parser of the texts between a hub, its members and their judges crashes, and what it accepts is
// canonical; evidence is judged without a crash whatever it holds. Method: any bytes to each of them.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "crypto/hash.h"
#include "note/policy.h"
#include "note/proposed.h"
#include "replica/pledges.h"
#include "verify/evidence.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const note::Policy policy = [] {
    // The log key of tests/sim, whose evidence is the corpus.
    const note::Signer log("registry.example/root", note::KeyType::kEd25519,
                           crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes("log")).bytes));
    note::Policy made;
    made.logs.push_back({log.verifier_key(), ""});
    made.quorum = "none";
    return made;
  }();
  const std::string_view text = base::as_text({data, size});
  if (const auto proposed = note::parse_proposed(text)) CHECK(note::serialize_proposed(*proposed) == text);
  if (const auto pledge = replica::parse_pledge(text)) CHECK(replica::serialize_pledge(*pledge) == text);
  if (const auto evidence = verify::parse_evidence(text)) {
    CHECK(verify::is_evidence(text));
    CHECK(verify::serialize_evidence(*evidence) == text);
  }
  const auto verdict = verify::verify_evidence(text, policy, base::EpochSeconds(1));
  CHECK(!verdict || verify::is_evidence(text));
  return 0;
}
