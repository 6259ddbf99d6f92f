// Signatures at the edges of Ed25519, for every verifier of the project: the bare one, notes', cosignatures',
// records'. Two sources: cases made here for whatever message a verifier needs to see, and the public CCTV
// set, whose messages are fixed. What we accept, by the properties of a case (docs/formats/notes.md#ed25519):
//   refused   A or R of small order; A or R encoded a second way; S >= L; S B - k A - R of small order but
//   not zero accepted  all else, with k reduced mod L first; a key with a small-order part among them, but
//   such a key is not
//             *registrable*, so verifiers that parse their keys (vkeys, policies, objects) refuse the key
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "crypto/ed25519.h"

namespace vectors {

struct Ed25519Case {
  std::string name;
  crypto::PublicKey key;
  base::Bytes message;
  crypto::Signature signature;
  bool accepted = false;     ///< by crypto::verify_signature
  bool registrable = false;  ///< by crypto::is_prime_order_key
};

/// About 150 cases that sign (or pretend to sign) `message`; the same for the same message. crypto::start()
/// was called. They include a plain good signature, each small point in A and R, mixed-order A and R with the
/// equation holding with and without the cofactor, second encodings, S + L, and single flipped bits.
std::vector<Ed25519Case> ed25519_cases_for(base::ByteView message);

/// The 914 cases of C2SP CCTV's ed25519vectors under COMITY_DATA; nothing if the file is absent (skip
/// loudly).
std::optional<std::vector<Ed25519Case>> cctv_ed25519_cases();

}  // namespace vectors
