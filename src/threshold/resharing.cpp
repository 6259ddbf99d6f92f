#include "threshold/resharing.h"

namespace threshold {

base::Result<Dealing> reshare(const Session& session, const EncryptionKey& key, const KeyShare& old,
                              base::Random& random) {
  if (!session.group_key()) return base::fail(kBadSession, "key generation deals random numbers");
  const Session::Dealer* const dealer = session.dealer(key.public_key());
  if (dealer == nullptr || dealer->identifier != old.identifier() ||
      dealer->handed_on != old.verification_share()) {
    return base::fail(kNoParticipant, "key and share are not those of one holder in the session");
  }
  return deal_secret(session, *dealer, key, old.secret(), random);
}

}  // namespace threshold
