// A key share is not copied either: one place holds it.
// refused: deleted|no matching
#include <utility>

#include "threshold/keys.h"

threshold::KeyShare second(threshold::KeyShare& share) {
#ifdef MISTAKE
  return threshold::KeyShare(share);
#else
  return threshold::KeyShare(std::move(share));
#endif
}
