#include "merkle/tile.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/check.h"
#include "base/limits.h"

namespace merkle {
namespace {

constexpr unsigned kWidthBits = 8;
static_assert(std::size_t{1} << kWidthBits == base::kTileWidth);
static_assert(kTileLevels * kWidthBits > 62, "the levels must reach the root of the largest tree");

/// Hashes at tile level `level` in a tree of `size` leaves.
std::uint64_t hashes_at(unsigned level, base::TreeSize size) {
  return size.value() >> (kWidthBits * level);
}

/// Digits only, no leading zero (except "0" itself), at most `max`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  if (text.empty() || text.size() > 20 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  std::uint64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc{} || number > max) return std::nullopt;
  return number;
}

/// "067", "x001/x234/067": groups of three digits, all but the last behind an x.
std::string index_text(TileIndex index) {
  const std::string digits = std::to_string(index.value());
  const std::string padded = std::string((3 - digits.size() % 3) % 3, '0') + digits;
  std::string text;
  for (std::size_t at = 0; at < padded.size(); at += 3) {
    if (at + 3 < padded.size()) text += 'x';
    text.append(padded, at, 3);
    if (at + 3 < padded.size()) text += '/';
  }
  return text;
}

/// Undoes index_text without judging its form: parse_tile_path compares the whole path afterwards.
std::optional<std::uint64_t> parse_index(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != 'x' && c != '/') digits += c;
  }
  const std::size_t first = std::min(digits.find_first_not_of('0'), digits.empty() ? 0 : digits.size() - 1);
  return parse_number(std::string_view(digits).substr(first), base::kTreeSizeMax);
}

}  // namespace

std::string tile_path(const TileName& name) {
  CHECK(name.width >= 1 && name.width <= base::kTileWidth && name.level < kTileLevels);
  CHECK(name.kind == TileKind::kHashes || name.level == 0);
  std::string path = "tile/";
  path += name.kind == TileKind::kEntries ? std::string("entries") : std::to_string(name.level);
  path += '/' + index_text(name.index);
  if (name.width < base::kTileWidth) path += ".p/" + std::to_string(name.width);
  return path;
}

base::Result<TileName> parse_tile_path(std::string_view path) {
  const auto bad = [&] { return base::fail(kBadTilePath, std::string(path.substr(0, 100))); };
  TileName name;
  name.width = base::kTileWidth;
  if (path.size() > 100 || !path.starts_with("tile/")) return bad();
  std::string_view rest = path.substr(5);
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return bad();
  if (rest.substr(0, slash) == "entries") {
    name.kind = TileKind::kEntries;
  } else {
    const auto level = parse_number(rest.substr(0, slash), kTileLevels - 1);
    if (!level) return bad();
    name.level = static_cast<unsigned>(*level);
  }
  rest.remove_prefix(slash + 1);
  if (const std::size_t partial = rest.find(".p/"); partial != std::string_view::npos) {
    const auto width = parse_number(rest.substr(partial + 3), base::kTileWidth - 1);
    if (!width || *width == 0) return bad();
    name.width = static_cast<unsigned>(*width);
    rest = rest.substr(0, partial);
  }
  const auto index = parse_index(rest);
  if (!index) return bad();
  name.index = TileIndex(*index);
  if (tile_path(name) != path) return bad();  // one text a name
  return name;
}

unsigned tile_width(unsigned level, TileIndex index, base::TreeSize size) {
  CHECK(level < kTileLevels && size.value() <= base::kTreeSizeMax);
  const std::uint64_t hashes = hashes_at(level, size);
  const std::uint64_t tiles_before = hashes >> kWidthBits;
  if (index.value() < tiles_before) return base::kTileWidth;
  return index.value() == tiles_before ? static_cast<unsigned>(hashes % base::kTileWidth) : 0;
}

std::vector<TileName> partial_tiles(base::TreeSize size) {
  std::vector<TileName> names;
  for (unsigned level = 0; level < kTileLevels; ++level) {
    const TileIndex last(hashes_at(level, size) >> kWidthBits);
    const unsigned width = tile_width(level, last, size);
    if (width == 0) continue;
    if (level == 0) names.push_back({TileKind::kEntries, 0, last, width});
    names.push_back({TileKind::kHashes, level, last, width});
  }
  return names;
}

std::vector<TileName> grown_tiles(base::TreeSize from, base::TreeSize to) {
  CHECK(from <= to);
  std::vector<TileName> names;
  const auto add_level = [&](TileKind kind, unsigned level) {
    if (hashes_at(level, from) == hashes_at(level, to)) return;
    for (TileIndex index(hashes_at(level, from) >> kWidthBits);; index = index.next()) {
      const unsigned width = tile_width(level, index, to);
      if (width == 0) break;
      names.push_back({kind, level, index, width});
    }
  };
  add_level(TileKind::kEntries, 0);
  for (unsigned level = 0; level < kTileLevels; ++level) add_level(TileKind::kHashes, level);
  return names;
}

TileRange tile_range(unsigned height, std::uint64_t number) {
  CHECK(height < kTileLevels * kWidthBits);
  const unsigned inside = height % kWidthBits;
  CHECK(number <= base::kTreeSizeMax >> height);
  const std::uint64_t first = number << inside;
  return {.level = height / kWidthBits,
          .index = TileIndex(first >> kWidthBits),
          .first = static_cast<unsigned>(first % base::kTileWidth),
          .count = 1U << inside};
}

}  // namespace merkle
