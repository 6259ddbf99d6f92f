#include "storage/bundle.h"

#include <string>

#include "base/check.h"
#include "base/limits.h"

namespace storage {
namespace {

constexpr std::size_t kLengthBytes = 2;

std::unexpected<base::Error> bad(std::size_t leaf, std::size_t offset, const char* what) {
  return base::fail(kBadBundle,
                    "leaf " + std::to_string(leaf) + " at byte " + std::to_string(offset) + ": " + what);
}

}  // namespace

base::Result<std::vector<base::ByteView>> parse_bundle(base::ByteView bundle, std::size_t width) {
  CHECK(width >= 1 && width <= base::kTileWidth);
  std::vector<base::ByteView> leaves;
  leaves.reserve(width);
  std::size_t at = 0;
  for (std::size_t leaf = 0; leaf < width; ++leaf) {
    if (bundle.size() - at < kLengthBytes) return bad(leaf, at, "no length");
    const std::size_t length = static_cast<std::size_t>(bundle[at]) << 8 | bundle[at + 1];
    at += kLengthBytes;
    if (bundle.size() - at < length) return bad(leaf, at, "cut short");
    leaves.push_back(bundle.subspan(at, length));
    at += length;
  }
  if (at != bundle.size()) return bad(width, at, "bytes behind the last leaf");
  return leaves;
}

void append_to_bundle(base::Bytes& bundle, base::ByteView leaf) {
  CHECK(leaf.size() <= base::kRecordBytesMax);
  bundle.push_back(static_cast<base::Byte>(leaf.size() >> 8));
  bundle.push_back(static_cast<base::Byte>(leaf.size() & 0xff));
  bundle.insert(bundle.end(), leaf.begin(), leaf.end());
}

}  // namespace storage
