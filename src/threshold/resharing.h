// The same key for new holders, or for another threshold: t holders of the old sharing deal their shares, and the new
// ones are the sums weighted by the Lagrange coefficients of whoever dealt. All or nothing, as key generation, whose
// messages these are. Members who missed a ceremony get their share by a resharing with the same threshold.
//
//   Session::resharing -> reshare -> (log: public parts; the first t valid ones count) -> Transcript::create -> ...
//
// The old shares still sign until every holder has erased its own; erase them once the certificate is final.
// Spec: Desmedt and Jajodia 1997; docs/formats/threshold.md, "Resharing"
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "threshold/complaint.h"
#include "threshold/dealing.h"
#include "threshold/session.h"
#include "threshold/transcript.h"

namespace threshold {

/// Deals the old share. The private part must be archived durably before the public part is published.
/// Errors: kNoParticipant (the key and the share are not those of one holder in the session), kBadSession (no
///         resharing).   Cost: 200 us for each recipient.
base::Result<Dealing> reshare(const Session& session, const EncryptionKey& key, const KeyShare& old,
                              base::Random& random);

}  // namespace threshold
