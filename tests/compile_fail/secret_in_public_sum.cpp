// Sums of products take variable time: no secret scalar gets in.
// refused: convert|conversion|no matching
#include "crypto/multi_scalar.h"

crypto::Point sum(const crypto::SecretScalar& secret, const crypto::DecodedPoint& point) {
#ifdef MISTAKE
  const crypto::Term term{secret, &point};
#else
  const crypto::Term term{secret.reveal(), &point};
#endif
  return crypto::multi_scalar(std::span(&term, 1));
}
