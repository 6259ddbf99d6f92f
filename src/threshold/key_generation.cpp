#include "threshold/key_generation.h"

namespace threshold {

base::Result<Dealing> deal(const Session& session, const EncryptionKey& key, base::Random& random) {
  if (session.group_key()) return base::fail(kBadSession, "a resharing deals old shares");
  const Session::Dealer* const dealer = session.dealer(key.public_key());
  if (dealer == nullptr) return base::fail(kNoParticipant, "the key is none of the session's");
  crypto::SecretScalars secret(1);
  secret[0].set_random(random);
  return deal_secret(session, *dealer, key, secret[0], random);
}

}  // namespace threshold
