#include "crypto/scalar.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <sodium.h>

#include "base/check.h"

namespace crypto {
namespace {

using base::Byte;
using base::ByteView;

// L = 2^252 + 27742317777372353535851937790883648493, least significant byte first.
constexpr std::array<Byte, kScalarBytes> kOrder{
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

// libsodium 1.0.18 has no such check. The borrow of bytes - L, so that a secret number takes no longer than
// another.
bool is_below_order(ByteView bytes32) {
  std::uint32_t borrow = 0;
  for (std::size_t i = 0; i < kScalarBytes; ++i) {
    borrow = (std::uint32_t{bytes32[i]} - std::uint32_t{kOrder[i]} - borrow) >> 31U;
  }
  return borrow == 1;
}

base::Result<void> check_canonical(ByteView bytes) {
  if (bytes.size() != kScalarBytes) {
    return base::fail(kBadScalar, std::to_string(bytes.size()) + " bytes instead of 32");
  }
  if (!is_below_order(bytes)) return base::fail(kBadScalar, "not below the group's order");
  return {};
}

}  // namespace

base::Result<PublicScalar> PublicScalar::parse(ByteView bytes32) {
  TRY(check_canonical(bytes32));
  PublicScalar scalar;
  std::ranges::copy(bytes32, scalar.bytes_.begin());
  return scalar;
}

PublicScalar PublicScalar::reduce(const Hash512& wide) {
  PublicScalar scalar;
  crypto_core_ed25519_scalar_reduce(scalar.bytes_.data(), wide.bytes.data());
  return scalar;
}

std::strong_ordering operator<=>(const PublicScalar& a, const PublicScalar& b) {
  return std::lexicographical_compare_three_way(a.bytes_.rbegin(), a.bytes_.rend(), b.bytes_.rbegin(),
                                                b.bytes_.rend());
}

PublicScalar PublicScalar::operator-() const {
  PublicScalar out;
  crypto_core_ed25519_scalar_negate(out.bytes_.data(), bytes_.data());
  return out;
}

PublicScalar PublicScalar::operator+(const PublicScalar& other) const {
  PublicScalar out;
  crypto_core_ed25519_scalar_add(out.bytes_.data(), bytes_.data(), other.bytes_.data());
  return out;
}

PublicScalar PublicScalar::operator-(const PublicScalar& other) const {
  PublicScalar out;
  crypto_core_ed25519_scalar_sub(out.bytes_.data(), bytes_.data(), other.bytes_.data());
  return out;
}

PublicScalar PublicScalar::operator*(const PublicScalar& other) const {
  PublicScalar out;
  crypto_core_ed25519_scalar_mul(out.bytes_.data(), bytes_.data(), other.bytes_.data());
  return out;
}

PublicScalar PublicScalar::inverse() const {
  PublicScalar out;
  CHECK(crypto_core_ed25519_scalar_invert(out.bytes_.data(), bytes_.data()) == 0);
  return out;
}

// Montgomery's trick: invert the product of all, then take the factors off one by one, last first.
void invert_all(std::span<PublicScalar> scalars) {
  std::vector<PublicScalar> products;
  products.reserve(scalars.size());
  PublicScalar product(1);
  for (const PublicScalar& scalar : scalars) {
    products.push_back(product);
    product = product * scalar;
  }
  PublicScalar inverse = product.inverse();
  for (std::size_t i = scalars.size(); i-- > 0;) {
    const PublicScalar rest = inverse * scalars[i];
    scalars[i] = inverse * products[i];
    inverse = rest;
  }
}

void SecretScalar::set(const SecretScalar& other) {
  std::ranges::copy(other.bytes_, bytes_.begin());
}

void SecretScalar::set(const PublicScalar& other) {
  bytes_ = other.bytes_;
}

void SecretScalar::set_reduced(std::span<const Byte, 64> wide) {
  crypto_core_ed25519_scalar_reduce(bytes_.data(), wide.data());
}

void SecretScalar::set_random(base::Random& random) {
  // 64 bytes, so that the remainder is uniform but for 2^-260.
  std::array<Byte, 64> wide;
  do {
    random.fill(wide);
    set_reduced(wide);
  } while (is_zero());
  sodium_memzero(wide.data(), wide.size());
}

base::Result<void> SecretScalar::parse(ByteView bytes32) {
  wipe();
  TRY(check_canonical(bytes32));
  std::ranges::copy(bytes32, bytes_.begin());
  return {};
}

void SecretScalar::add(const SecretScalar& other) {
  crypto_core_ed25519_scalar_add(bytes_.data(), bytes_.data(), other.bytes_.data());
}

void SecretScalar::add(const PublicScalar& other) {
  crypto_core_ed25519_scalar_add(bytes_.data(), bytes_.data(), other.bytes_.data());
}

void SecretScalar::subtract(const SecretScalar& other) {
  crypto_core_ed25519_scalar_sub(bytes_.data(), bytes_.data(), other.bytes_.data());
}

void SecretScalar::multiply(const SecretScalar& other) {
  crypto_core_ed25519_scalar_mul(bytes_.data(), bytes_.data(), other.bytes_.data());
}

void SecretScalar::multiply(const PublicScalar& other) {
  crypto_core_ed25519_scalar_mul(bytes_.data(), bytes_.data(), other.bytes_.data());
}

void SecretScalar::negate() {
  crypto_core_ed25519_scalar_negate(bytes_.data(), bytes_.data());
}

void SecretScalar::invert() {
  CHECK(crypto_core_ed25519_scalar_invert(bytes_.data(), bytes_.data()) == 0);
}

bool SecretScalar::is_zero() const {
  return sodium_is_zero(bytes_.data(), bytes_.size()) == 1;
}

bool SecretScalar::equals(const SecretScalar& other) const {
  return sodium_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0;
}

void SecretScalar::wipe() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

PublicScalar SecretScalar::reveal() const {
  PublicScalar scalar;
  scalar.bytes_ = bytes_;
  return scalar;
}

SecretScalars::SecretScalars(std::size_t count) : size_(count) {
  static_assert(sizeof(SecretScalar) == kScalarBytes && alignof(SecretScalar) == 1);
  if (count == 0) return;
  CHECK(sodium_init() >= 0);
  places_ = static_cast<SecretScalar*>(sodium_allocarray(count, sizeof(SecretScalar)));
  CHECK(places_ != nullptr);
  sodium_memzero(places_, count * sizeof(SecretScalar));
}

SecretScalars::SecretScalars(SecretScalars&& other) noexcept
    : places_(std::exchange(other.places_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretScalars& SecretScalars::operator=(SecretScalars&& other) noexcept {
  SecretScalars old(std::move(*this));  // wiped here, not when `other` goes
  places_ = std::exchange(other.places_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

SecretScalars::~SecretScalars() {
  sodium_free(places_);  // wipes first; accepts null
}

SecretScalar& SecretScalars::operator[](std::size_t index) {
  CHECK(index < size_);
  return places_[index];
}

const SecretScalar& SecretScalars::operator[](std::size_t index) const {
  CHECK(index < size_);
  return places_[index];
}

}  // namespace crypto
