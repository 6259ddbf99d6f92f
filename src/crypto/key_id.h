// The four bytes by which a signature line names its key. Here, and not in note/, because objects and records name
// keys by them too and their rooms stand beside note/. Format: C2SP signed-note; docs/formats/notes.md
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "crypto/ed25519.h"

namespace crypto {

/// SHA-256(name, LF, type byte, public key)[:4], big-endian. An identifier, not a commitment.
std::uint32_t key_id(std::string_view name, base::Byte type, const PublicKey& key);

}  // namespace crypto
