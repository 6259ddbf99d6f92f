#include "apps/unpack.h"

#include <array>
#include <memory>

#include <zstd.h>

namespace apps {
namespace {

constexpr std::array<base::Byte, 4> kZstdMagic{0x28, 0xb5, 0x2f, 0xfd};
/// The archive of daily zones needs 2^27; a larger window would let a file ask for more memory than it is
/// worth.
constexpr int kWindowLogMax = 27;

struct FreeStream {
  void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

bool is_zstd(base::ByteView bytes) {
  return bytes.size() >= kZstdMagic.size() && std::equal(kZstdMagic.begin(), kZstdMagic.end(), bytes.begin());
}

base::Result<base::Bytes> unpack(base::ByteView packed, std::size_t bytes_max) {
  const std::unique_ptr<ZSTD_DStream, FreeStream> stream(ZSTD_createDStream());
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  base::Bytes out;
  base::Bytes buffer(ZSTD_DStreamOutSize());
  ZSTD_inBuffer input{packed.data(), packed.size(), 0};
  std::size_t left = 1;
  while (input.pos < input.size) {
    ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
    left = ZSTD_decompressStream(stream.get(), &output, &input);
    if (ZSTD_isError(left) != 0) return base::fail(kBadPacking, ZSTD_getErrorName(left));
    if (out.size() + output.pos > bytes_max)
      return base::fail(base::kFileTooLarge, "more than the limit once unpacked");
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(output.pos));
  }
  // What the last call could not write out yet.
  while (left > 0) {
    ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
    left = ZSTD_decompressStream(stream.get(), &output, &input);
    if (ZSTD_isError(left) != 0 || (output.pos == 0 && left > 0))
      return base::fail(kBadPacking, "the file is cut short");
    if (out.size() + output.pos > bytes_max)
      return base::fail(base::kFileTooLarge, "more than the limit once unpacked");
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(output.pos));
  }
  return out;
}

}  // namespace

base::Result<base::Bytes> read_packed(const base::Files& files, const std::string& path,
                                      std::size_t bytes_max) {
  ASSIGN_OR_RETURN(base::Bytes bytes, files.read(path, bytes_max));
  if (!is_zstd(bytes)) return bytes;
  auto unpacked = unpack(bytes, bytes_max);
  if (!unpacked) return std::unexpected(unpacked.error().at(path));
  return unpacked;
}

}  // namespace apps
