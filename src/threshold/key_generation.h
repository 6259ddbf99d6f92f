// A new key that nobody holds: every participant deals a random number, and the key is the sum of them all.
//
//   Session::generation -> deal -> (log: public parts) -> Transcript::create -> receive -> certify
//                                                                            \-> complain (complaint.h)
//   all certifications -> verify_certificate -> the shares may be used
//
// A dealer keeps nothing: its own share is sealed for itself like everybody's. An attempt in which a complaint is upheld
// or somebody is silent is over; nothing of it is used again, and the next one deals anew under another session id.
// Spec: C2SP COCKTAIL-DKG v0.2.1; docs/formats/threshold.md, "Key generation"
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "threshold/complaint.h"
#include "threshold/dealing.h"
#include "threshold/session.h"
#include "threshold/transcript.h"

namespace threshold {

/// Deals for the holder of `key`. The private part must be archived durably before the public part is published: without
/// it nobody gets a share from this dealing.
/// Errors: kNoParticipant (the key is none of the session's), kBadSession (the session is a resharing).
/// Cost: 200 us for each recipient.
base::Result<Dealing> deal(const Session& session, const EncryptionKey& key, base::Random& random);

}  // namespace threshold
