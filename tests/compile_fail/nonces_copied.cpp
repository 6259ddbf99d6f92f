// A nonce pair that answers twice gives the key share away: nonces cannot be copied to keep some.
// refused: deleted|private|no matching
#include <utility>

#include "threshold/nonces.h"

threshold::Nonces keep_one(threshold::Nonces& nonces) {
#ifdef MISTAKE
  return nonces;
#else
  return std::move(nonces);
#endif
}
