#include "zone/data.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>

#include <zstd.h>

namespace zone_tests {
namespace {

constexpr std::size_t kTarBlock = 512;

std::string data_path(const std::string& name) {
  const char* folder = std::getenv("COMITY_DATA");
  return (folder != nullptr ? std::string(folder) : std::string(COMITY_SOURCE_DIR) + "/../shared/data") +
         "/root-zone/" + name;
}

/// Feeds the decompressed bytes to `take` as they come. False if the file is absent or broken.
bool stream(const std::string& name, const std::function<void(std::string_view)>& take) {
  std::ifstream file(data_path(name), std::ios::binary);
  if (!file) return false;
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 27);
  std::string in(ZSTD_DStreamInSize(), '\0');
  std::string out(ZSTD_DStreamOutSize(), '\0');
  while (file.read(in.data(), static_cast<std::streamsize>(in.size())), file.gcount() > 0) {
    ZSTD_inBuffer input{in.data(), static_cast<std::size_t>(file.gcount()), 0};
    while (input.pos < input.size) {
      ZSTD_outBuffer output{out.data(), out.size(), 0};
      if (ZSTD_isError(ZSTD_decompressStream(context.get(), &output, &input))) return false;
      take({out.data(), output.pos});
    }
  }
  return true;
}

}  // namespace

std::optional<std::string> load_zone(const std::string& name) {
  std::string text;
  if (!stream(name, [&text](std::string_view bytes) { text += bytes; })) return std::nullopt;
  return text;
}

std::map<std::string, std::string> load_days(const std::function<bool(const std::string& day)>& wanted) {
  std::map<std::string, std::string> days;
  std::string buffer;
  stream("root-2025-daily.tar.zst", [&](std::string_view bytes) {
    buffer += bytes;
    while (buffer.size() >= kTarBlock) {
      const std::size_t size = std::strtoul(buffer.substr(124, 12).c_str(), nullptr, 8);
      const std::size_t padded = (size + kTarBlock - 1) / kTarBlock * kTarBlock;
      if (buffer.size() < kTarBlock + padded) return;
      const std::string path = buffer.substr(0, buffer.find('\0'));
      if (const std::size_t at = path.find("root-2025"); size > 0 && at != std::string::npos) {
        const std::string day = path.substr(at + 5, 8);
        if (wanted(day)) days.emplace(day, buffer.substr(kTarBlock, size));
      }
      buffer.erase(0, kTarBlock + padded);
    }
  });
  return days;
}

}  // namespace zone_tests
