#include "codec/gzip.h"

#include <zlib.h>

#include "base/check.h"

namespace codec {
namespace {

constexpr int kLevel = 5;            // beyond it texts of records hardly shrink any further
constexpr int kWindowWithGzip = 31;  // 15 bits of window; 16 more ask zlib for the gzip frame
constexpr int kMemory = 8;

}  // namespace

std::string compress_gzip(std::string_view bytes) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, kLevel, Z_DEFLATED, kWindowWithGzip, kMemory, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  // zlib's interface is older than const; it does not write to its input.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);  // deflateBound says that there is room
  packed.resize(packed.size() - stream.avail_out);
  CHECK(deflateEnd(&stream) == Z_OK);
  return packed;
}

}  // namespace codec
