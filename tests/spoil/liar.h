// The answers of a member that lies in a signing round: a share that is wrong, and a statement that answers for it as if
// it were right. Honest code cannot be brought to make one; this is the same code with one number changed.
#pragma once

#include <optional>

#include "base/random.h"
#include "charter/state.h"
#include "note/key.h"
#include "replica/signing_part.h"

namespace spoil {

/// What the liar knows of the session that it was asked to sign in.
struct Asked {
  const charter::State& state;
  const replica::SigningJob& job;
  base::Hash session;
  base::Bytes signers;  ///< body of that message
  std::string member;   ///< the liar
  base::EpochSeconds time;
};

/// The body of the honest answer with the share at `position` (modulo their count) one too high. Nothing if it is no
/// answer to this.
std::optional<base::Bytes> wrong_answer(const Asked& asked, const base::Bytes& honest, std::size_t position,
                                        const note::Signer& signer, base::Random& random);

/// What an honest answer says about its share at `position`.
std::optional<charter::ShareProof> proof_of(const Asked& asked, const base::Bytes& honest,
                                            std::size_t position, const crypto::PublicKey& operator_key,
                                            base::Random& random);

}  // namespace spoil
