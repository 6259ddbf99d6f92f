// sign() takes the nonces for good: what is still in the caller's hands afterwards cannot be handed over.
// refused: deleted|no matching
#include <utility>

#include "threshold/frost.h"

auto answer(const threshold::SigningSession& session, const threshold::KeyShare& share,
            threshold::Nonces& nonces) {
#ifdef MISTAKE
  return threshold::sign(session, share, nonces);
#else
  return threshold::sign(session, share, std::move(nonces));
#endif
}
