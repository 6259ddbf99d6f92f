#include "base/secret_bytes.h"

#include <utility>

#include <strings.h>

#include "base/check.h"

namespace base {

SecretBytes::SecretBytes(std::size_t size) : bytes_(std::make_unique<Byte[]>(size)), size_(size) {}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  // The old content leaves with `other` and is wiped there.
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  return *this;
}

SecretBytes::~SecretBytes() {
  shrink(0);
}

void SecretBytes::shrink(std::size_t size) {
  CHECK(size <= size_);
  // explicit_bzero: a plain memset before the memory is freed is one the compiler may drop.
  if (size < size_) explicit_bzero(bytes_.get() + size, size_ - size);
  size_ = size;
}

}  // namespace base
