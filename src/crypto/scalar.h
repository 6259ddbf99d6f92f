// Numbers modulo L, the order of the Ed25519 group: public ones as plain values, secret ones as places in locked
// memory. The two do not turn into each other by accident: a secret becomes public by reveal() only, and a public
// number is mixed into a secret one by name. 32 bytes, least significant first, always below L.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/sha512.h"

namespace crypto {

inline constexpr base::ErrorKind kBadScalar{"bad-scalar", base::Category::kInvalid, "RFC 9591 section 6.1"};

inline constexpr std::size_t kScalarBytes = 32;

/// A number modulo L that everybody may know.   Threads: as an int.
class PublicScalar {
 public:
  constexpr PublicScalar() = default;  ///< zero
  constexpr explicit PublicScalar(std::uint64_t value) {
    for (std::size_t i = 0; i < 8; ++i) bytes_[i] = static_cast<base::Byte>(value >> (8 * i));
  }
  /// Exactly 32 bytes of a number below L; zero is accepted.
  /// Errors: kBadScalar (detail: length, or "not below the group's order").
  static base::Result<PublicScalar> parse(base::ByteView bytes32);
  /// A 512-bit number modulo L.
  static PublicScalar reduce(const Hash512& wide);

  const std::array<base::Byte, kScalarBytes>& bytes() const { return bytes_; }
  bool is_zero() const { return *this == PublicScalar(); }
  /// Equality, and the order of the numbers (not of the bytes).
  friend bool operator==(const PublicScalar&, const PublicScalar&) = default;
  friend std::strong_ordering operator<=>(const PublicScalar& a, const PublicScalar& b);

  PublicScalar operator-() const;
  PublicScalar operator+(const PublicScalar& other) const;
  PublicScalar operator-(const PublicScalar& other) const;
  PublicScalar operator*(const PublicScalar& other) const;
  /// 1 / this; zero is our bug (CHECK).   Cost: 20 us.
  PublicScalar inverse() const;

 private:
  friend class SecretScalar;
  std::array<base::Byte, kScalarBytes> bytes_{};
};

/// Replaces each of `scalars` by its inverse; none may be zero (CHECK).   Cost: one inversion, 3 products each.
void invert_all(std::span<PublicScalar> scalars);

/// A secret number modulo L: a place inside SecretScalars, never a value on its own, so it cannot be copied or
/// returned by accident. Every operation takes the same time whatever the numbers are. Operations write into the
/// place they are called on: `z.set(nonce); z.multiply(rho); z.add(other);`.
class SecretScalar {
 public:
  SecretScalar(const SecretScalar&) = delete;
  SecretScalar& operator=(const SecretScalar&) = delete;

  void set(const SecretScalar& other);
  void set(const PublicScalar& other);
  /// 512 secret bits modulo L; the caller wipes its copy.
  void set_reduced(std::span<const base::Byte, 64> wide);
  /// Uniform and not zero.
  void set_random(base::Random& random);
  /// Errors: kBadScalar, as PublicScalar::parse; the place is zero then.
  base::Result<void> parse(base::ByteView bytes32);

  void add(const SecretScalar& other);
  void add(const PublicScalar& other);
  void subtract(const SecretScalar& other);
  void multiply(const SecretScalar& other);
  void multiply(const PublicScalar& other);
  void negate();
  /// Zero is our bug (CHECK).
  void invert();

  bool is_zero() const;
  /// True if both are the same number.
  bool equals(const SecretScalar& other) const;
  void wipe();

  /// Makes the number public, on purpose: a signature share, a proof's response.
  PublicScalar reveal() const;
  /// The secret bytes themselves: to hash, encrypt or store. Whoever copies them wipes the copy.
  base::ByteView secret_bytes() const { return bytes_; }

 private:
  friend class SecretScalars;
  SecretScalar() = default;
  std::array<base::Byte, kScalarBytes> bytes_;
};

/// Any number of secret scalars in one piece of locked memory, fenced by unreadable pages and wiped when
/// destroyed. All zero at first. A moved-from one is empty.   Cost: four pages and some system calls (10 us)
/// for each object, not for each scalar: make one, and keep scratch places in it.   Threads: one owner.
class SecretScalars {
 public:
  SecretScalars() = default;
  explicit SecretScalars(std::size_t count);
  SecretScalars(SecretScalars&& other) noexcept;
  SecretScalars& operator=(SecretScalars&& other) noexcept;
  ~SecretScalars();

  std::size_t size() const { return size_; }
  SecretScalar& operator[](std::size_t index);
  const SecretScalar& operator[](std::size_t index) const;

 private:
  SecretScalar* places_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace crypto
