// A secret scalar is a place in locked memory: it cannot be copied out of it.
// refused: deleted|private
#include "crypto/scalar.h"

void take(const crypto::SecretScalars& secrets) {
#ifdef MISTAKE
  const crypto::SecretScalar copy = secrets[0];
  (void)copy;
#else
  const crypto::SecretScalar& place = secrets[0];
  (void)place;
#endif
}
