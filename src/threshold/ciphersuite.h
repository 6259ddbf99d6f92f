// The hash functions of FROST(Ed25519, SHA-512). Inside threshold/ only.
// Spec: RFC 9591 section 6.1, whose names are kept
#pragma once

#include <initializer_list>

#include "base/bytes.h"
#include "crypto/scalar.h"
#include "crypto/sha512.h"

namespace threshold {

/// What H1 hashes before the parts that differ from signer to signer: a state to copy.
crypto::Sha512 start_h1(std::initializer_list<base::ByteView> parts);
crypto::PublicScalar finish_h1(crypto::Sha512 started, base::ByteView last);

crypto::PublicScalar h2(std::initializer_list<base::ByteView> parts);
/// Into a place in locked memory; nothing of it stays elsewhere.
void h3(std::initializer_list<base::ByteView> parts, crypto::SecretScalar& out);
crypto::Hash512 h4(base::ByteView message);
crypto::Hash512 h5(base::ByteView commitments);

}  // namespace threshold
