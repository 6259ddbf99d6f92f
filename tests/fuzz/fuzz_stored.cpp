// Aim: no parser of files on our disk or of tile names crashes, and what it accepts is written back as it
// was. Method: any bytes to each of them; the first byte gives the bundle's width.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "merkle/tile.h"
#include "storage/annex_store.h"
#include "storage/bundle.h"
#include "storage/cosign_memory.h"
#include "storage/snapshot_file.h"
#include "storage/succession_memory.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView bytes(data, size);
  const std::string_view text = base::as_text(bytes);
  if (const auto name = merkle::parse_tile_path(text)) CHECK(merkle::tile_path(*name) == text);
  if (const auto annex = storage::parse_annex(text)) CHECK(storage::serialize_annex(*annex) == text);
  if (const auto cosigned = storage::parse_cosigned(text))
    CHECK(storage::serialize_cosigned(*cosigned) == text);
  if (const auto succeeded = storage::parse_succeeded(text))
    CHECK(storage::serialize_succeeded(*succeeded) == text);
  if (const auto snapshot = storage::parse_snapshot(base::Bytes(bytes.begin(), bytes.end()))) {
    CHECK(snapshot->header.objects == snapshot->objects.size() &&
          snapshot->header.rules == snapshot->rules.size());
  }
  if (size == 0) return 0;
  const std::size_t width = 1 + std::size_t{data[0]};
  if (const auto leaves = storage::parse_bundle(bytes.subspan(1), width)) {
    base::Bytes again;
    for (const base::ByteView leaf : *leaves) storage::append_to_bundle(again, leaf);
    CHECK(base::as_text(again) == text.substr(1));
  }
  return 0;
}
