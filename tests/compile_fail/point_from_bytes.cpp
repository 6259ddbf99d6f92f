// Bytes become a point of the group by being checked, and no other way.
// refused: convert|no matching|could not
#include "crypto/edwards.h"

crypto::Point read(const crypto::PublicKey& key) {
#ifdef MISTAKE
  return crypto::Point{key.bytes};
#else
  return crypto::Point::parse(key.bytes).value_or(crypto::Point());
#endif
}
