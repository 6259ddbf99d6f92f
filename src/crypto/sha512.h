// SHA-512 in pieces, for the transcripts of threshold/. A state may be copied, so that messages which begin alike
// pay for their beginning once. Wiped when destroyed, because some inputs are secret.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>

#include "base/bytes.h"

namespace crypto {

/// A SHA-512 output.
struct Hash512 {
  std::array<base::Byte, 64> bytes{};
  friend auto operator<=>(const Hash512&, const Hash512&) = default;
};

/// update* then finish, once.   Threads: one at a time.   Spec: FIPS 180-4 section 6.4
class Sha512 {
 public:
  Sha512();
  Sha512(const Sha512&) = default;
  Sha512& operator=(const Sha512&) = default;
  ~Sha512();

  Sha512& update(base::ByteView part);
  Hash512 finish();

 private:
  alignas(8) std::array<base::Byte, 208> state_;
};

/// SHA-512 of the concatenation of `parts`.
Hash512 sha512(std::initializer_list<base::ByteView> parts);

}  // namespace crypto
