// Aim: what is compressed is, for any gzip reader, the bytes that went in. Method: zlib's own unpacking, with
// random texts and the two edges (nothing, much).
#include "codec/gzip.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>

namespace codec {
namespace {

std::string unpack(std::string_view packed, std::size_t bytes_max) {
  std::string bytes(bytes_max + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 31), Z_OK);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  bytes.resize(bytes.size() - stream.avail_out);
  inflateEnd(&stream);
  return bytes;
}

TEST(Gzip, GivesBackWhatWentIn) {
  EXPECT_EQ(unpack(compress_gzip(""), 10), "");
  std::string much;
  for (int i = 0; i < 200'000; ++i) much += "nserver: a.nic.example." + std::to_string(i % 97) + "\n";
  const std::string packed = compress_gzip(much);
  EXPECT_LT(packed.size(), much.size() / 20);
  EXPECT_EQ(unpack(packed, much.size()), much);
  EXPECT_EQ(packed, compress_gzip(much));
}

RC_GTEST_PROP(Gzip, GivesBackAnything, (const std::string& bytes)) {
  RC_ASSERT(unpack(compress_gzip(bytes), bytes.size()) == bytes);
}

}  // namespace
}  // namespace codec
