// Bytes that must not outlive their use: the content of a key file. Wiped when destroyed, never copied, never
// grown in place (growing would leave an unwiped copy behind). Keys themselves live in crypto::SecretKey's
// guarded memory; this only carries them from the disk to there.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.h"

namespace base {

/// A buffer of fixed capacity. A moved-from one is empty.   Threads: one owner.
class SecretBytes {
 public:
  SecretBytes() = default;
  /// All zeros. The size may only shrink.
  explicit SecretBytes(std::size_t size);
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  ~SecretBytes();

  std::size_t size() const { return size_; }
  ByteView view() const { return {bytes_.get(), size_}; }
  std::span<Byte> writable() { return {bytes_.get(), size_}; }
  /// Forgets the bytes from `size` on, wiping them. `size` must not exceed size().
  void shrink(std::size_t size);

 private:
  std::unique_ptr<Byte[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace base
