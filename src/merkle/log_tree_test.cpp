// Aim: roots and proofs are those of RFC 6962, no wrong proof passes, and tiles give the proofs that a naive
// tree gives. Method: 196 public cases (accepted and refused), a recursive tree straight from the RFC for
// every size up to 300 and at tile borders, and flipping a bit in every byte of proofs, roots and leaves.
#include "merkle/log_tree.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/limits.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "merkle/subtree_reader.h"

namespace merkle {
namespace {

using base::Hash;
using base::LeafIndex;
using base::TreeSize;
using Hashes = std::vector<Hash>;

// RFC 6962 section 2.1, word for word and slow.
Hash naive_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return crypto::sha256(base::ByteView());
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  return node_hash(naive_root(leaves.first(k)), naive_root(leaves.subspan(k)));
}

Hashes naive_path(std::size_t m, std::span<const Hash> leaves) {
  if (leaves.size() == 1) return {};
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  Hashes path = m < k ? naive_path(m, leaves.first(k)) : naive_path(m - k, leaves.subspan(k));
  path.push_back(naive_root(m < k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

Hashes naive_consistency(std::size_t m, std::span<const Hash> leaves, bool whole) {
  if (m == leaves.size()) return whole ? Hashes{} : Hashes{naive_root(leaves)};
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  Hashes path = m <= k ? naive_consistency(m, leaves.first(k), whole)
                       : naive_consistency(m - k, leaves.subspan(k), false);
  path.push_back(naive_root(m <= k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

Hashes some_leaves(std::size_t count) {
  Hashes leaves;
  for (std::size_t i = 0; i < count; ++i)
    leaves.push_back(leaf_hash(base::as_bytes("leaf " + std::to_string(i))));
  return leaves;
}

// Tiles computed from all the leaves; refuses widths that a tree of `size` leaves has not.
class NaiveTiles : public TileReader {
 public:
  NaiveTiles(std::span<const Hash> leaves, TreeSize size) : size_(size) {
    levels_.emplace_back(leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(size.value()));
    while (levels_.back().size() >= 256) {
      Hashes above;
      for (std::size_t at = 0; at + 256 <= levels_.back().size(); at += 256) {
        above.push_back(naive_root(std::span(levels_.back()).subspan(at, 256)));
      }
      levels_.push_back(std::move(above));
    }
  }
  base::Result<base::Bytes> read_tile(const TileName& name) const override {
    if (missing.contains(name) || name.width != tile_width(name.level, name.index, size_)) {
      return base::fail(kTileMissing, tile_path(name));
    }
    base::Bytes bytes;
    for (std::size_t i = 0; i < name.width; ++i) {
      const Hash& hash = levels_[name.level][name.index.value() * 256 + i];
      bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
    }
    bytes.resize(bytes.size() - cut);
    return bytes;
  }
  std::set<TileName> missing;
  std::size_t cut = 0;

 private:
  TreeSize size_;
  std::vector<Hashes> levels_;
};

TEST(LogProofs, NameTheTileThatIsMissingOrCut) {
  const Hashes leaves = some_leaves(300);
  NaiveTiles tiles(leaves, TreeSize(300));
  tiles.cut = 1;
  const auto cut = prove_inclusion(LeafIndex(299), TreeSize(300), tiles);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind(), kBadTile);
  EXPECT_EQ(cut.error().detail(), "tile/1/000.p/1");
  tiles.cut = 0;
  tiles.missing.insert({TileKind::kHashes, 1, TileIndex(0), 1});
  const auto missing = prove_inclusion(LeafIndex(299), TreeSize(300), tiles);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), kTileMissing);
  EXPECT_EQ(missing.error().detail(), "tile/1/000.p/1");
}

TEST(LogProofs, RefuseLeavesAndSizesBeyondTheTree) {
  const Hashes leaves = some_leaves(5);
  const NaiveTiles tiles(leaves, TreeSize(5));
  EXPECT_FALSE(prove_inclusion(LeafIndex(5), TreeSize(5), tiles));
  EXPECT_FALSE(prove_inclusion(LeafIndex(0), TreeSize(0), tiles));
  EXPECT_FALSE(prove_consistency(TreeSize(0), TreeSize(5), tiles));
  EXPECT_FALSE(prove_consistency(TreeSize(6), TreeSize(5), tiles));
  EXPECT_FALSE(root_of_inclusion(leaves[0], LeafIndex(0), TreeSize(base::kTreeSizeMax + 1), {}));
  EXPECT_FALSE(verify_consistency(TreeSize(1), leaves[0], TreeSize(~std::uint64_t{0}), leaves[0], {}));
}

TEST(LogTree, HashesAreDomainSeparated) {
  EXPECT_EQ(leaf_hash({}), crypto::sha256(base::as_bytes(std::string_view("\0", 1))));
  EXPECT_EQ(codec::serialize_base64(empty_log_root().view()), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

// Every index, every older size, the right proof and every hash of it damaged.
void check_size(std::span<const Hash> all, std::size_t size, std::size_t step) {
  const auto leaves = all.first(size);
  const NaiveTiles tiles(leaves, TreeSize(size));
  const Hash root = naive_root(leaves);
  ASSERT_EQ(*root_from_tiles(TreeSize(size), tiles), root);
  EXPECT_EQ(frontier_from_tiles(TreeSize(size), tiles)->root(), root);
  ASSERT_EQ(root_of(leaves), root);
  for (std::size_t i = size % step; i < size; i += step) {
    const auto proof = prove_inclusion(LeafIndex(i), TreeSize(size), tiles);
    ASSERT_TRUE(proof) << proof.error().message();
    ASSERT_EQ(*proof, naive_path(i, leaves));
    ASSERT_TRUE(verify_inclusion(leaves[i], LeafIndex(i), TreeSize(size), root, *proof));
    if (i + 1 < size) {
      ASSERT_FALSE(verify_inclusion(leaves[i], LeafIndex(i + 1), TreeSize(size), root, *proof));
    }
  }
  for (std::size_t old = 1 + size % step; old <= size; old += step) {
    const auto proof = prove_consistency(TreeSize(old), TreeSize(size), tiles);
    ASSERT_TRUE(proof) << proof.error().message();
    ASSERT_EQ(*proof, naive_consistency(old, leaves, true));
    ASSERT_TRUE(
        verify_consistency(TreeSize(old), naive_root(leaves.first(old)), TreeSize(size), root, *proof));
  }
}

TEST(LogTree, EqualsTheNaiveTreeAtEverySize) {
  const Hashes leaves = some_leaves(300);
  for (std::size_t size = 1; size <= 300; ++size) check_size(leaves, size, size < 70 ? 1 : 13);
}

TEST(LogTree, EqualsTheNaiveTreeAtTileBorders) {
  const Hashes leaves = some_leaves(65'536 + 300);
  for (const std::size_t size : {511U, 512U, 513U, 65'535U, 65'536U, 65'537U, 65'792U, 65'836U}) {
    check_size(leaves, size, size < 1'000 ? 17 : 20'011);
  }
}

// In an order that leaves tiles and comes back to them, so that what was kept is used.
TEST(InclusionProver, GivesTheProofsThatAreMadeOneByOne) {
  const Hashes leaves = some_leaves(66'000);
  for (const std::size_t size : {1U, 2U, 255U, 256U, 257U, 700U, 65'536U, 66'000U}) {
    const NaiveTiles tiles(leaves, TreeSize(size));
    InclusionProver prover(TreeSize(size), tiles);
    const std::size_t step = size < 1'000 ? 1 : 37;
    for (std::size_t i = 0; i < size; i += step) {
      const LeafIndex index(i % 2 == 0 ? i : size - 1 - i);
      const auto proof = prover.prove(index);
      ASSERT_TRUE(proof) << proof.error().message();
      ASSERT_EQ(*proof, *prove_inclusion(index, TreeSize(size), tiles)) << index.value() << " of " << size;
    }
    EXPECT_EQ(prover.prove(LeafIndex(size)).error().kind(), kLeafBeyondTree);
  }
}

TEST(InclusionProver, KeepsNothingOfATileThatIsMissing) {
  const Hashes leaves = some_leaves(600);
  NaiveTiles tiles(leaves, TreeSize(600));
  tiles.missing.insert({TileKind::kHashes, 0, TileIndex(1), 256});
  InclusionProver prover(TreeSize(600), tiles);
  EXPECT_EQ(prover.prove(LeafIndex(300)).error().kind(), kTileMissing);
  tiles.missing.clear();
  EXPECT_EQ(*prover.prove(LeafIndex(300)), *prove_inclusion(LeafIndex(300), TreeSize(600), tiles));
}

TEST(Frontier, GivesTheRootAfterEveryAppend) {
  const Hashes leaves = some_leaves(600);
  Frontier frontier;
  EXPECT_EQ(frontier.root(), empty_log_root());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    frontier.append(leaves[i]);
    ASSERT_EQ(frontier.size(), TreeSize(i + 1));
    ASSERT_EQ(frontier.root(), naive_root(std::span(leaves).first(i + 1)));
  }
}

TEST(LogProofs, DoNotSurviveAFlippedBitAnywhere) {
  const Hashes leaves = some_leaves(300);
  const Hash root = naive_root(leaves);
  for (const std::size_t i : {0U, 1U, 255U, 256U, 298U, 299U}) {
    Hashes proof = naive_path(i, leaves);
    for (Hash& hash : proof) {
      for (base::Byte& byte : hash.bytes) {
        byte ^= 0x10;
        ASSERT_FALSE(verify_inclusion(leaves[i], LeafIndex(i), TreeSize(300), root, proof));
        byte ^= 0x10;
      }
    }
    ASSERT_TRUE(verify_inclusion(leaves[i], LeafIndex(i), TreeSize(300), root, proof));
  }
  for (const std::size_t old : {1U, 2U, 3U, 128U, 255U, 256U, 257U, 299U}) {
    const Hash old_root = naive_root(std::span(leaves).first(old));
    Hashes proof = naive_consistency(old, leaves, true);
    for (Hash& hash : proof) {
      for (base::Byte& byte : hash.bytes) {
        byte ^= 0x01;
        ASSERT_FALSE(verify_consistency(TreeSize(old), old_root, TreeSize(300), root, proof));
        byte ^= 0x01;
      }
    }
    ASSERT_TRUE(verify_consistency(TreeSize(old), old_root, TreeSize(300), root, proof));
    proof.push_back(root);
    ASSERT_FALSE(verify_consistency(TreeSize(old), old_root, TreeSize(300), root, proof));
  }
}

// The public cases: https://github.com/transparency-dev/merkle testdata, JSON files with a field wantErr.
class PublicCases : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("COMITY_DATA");
    const std::filesystem::path archive =
        std::filesystem::path(data != nullptr ? data : COMITY_DATA_DEFAULT) /
        "vectors/merkle-proofs-rfc6962.tar.xz";
    if (!std::filesystem::exists(archive)) GTEST_SKIP() << "NO DATA: " << archive;
    folder_ = std::filesystem::temp_directory_path() / ("comity-merkle-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    const std::string command = "tar -xJf '" + archive.string() + "' -C '" + folder_.string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::uint64_t number(const nlohmann::json& value) {
    return value.is_number_unsigned() ? value.get<std::uint64_t>()
                                      : static_cast<std::uint64_t>(value.get<std::int64_t>());
  }
  // A proof's hash of another length than 32 bytes cannot even be said in our types: such a case counts as
  // refused.
  static std::optional<Hash> hash(const nlohmann::json& value) {
    if (!value.is_string()) return std::nullopt;
    const auto parsed = codec::parse_base64_hash(value.get<std::string>());
    return parsed ? std::optional(*parsed) : std::nullopt;
  }
  // Some cases write words where a root stands ("don't care 2"): what counts is whether two are equal.
  static Hash root(const nlohmann::json& value) {
    return hash(value).value_or(crypto::sha256(base::as_bytes(value.dump())));
  }
  static std::optional<Hashes> proof(const nlohmann::json& value) {
    Hashes hashes;
    if (value.is_null()) return hashes;
    for (const auto& item : value) {
      const auto one = hash(item);
      if (!one) return std::nullopt;
      hashes.push_back(*one);
    }
    return hashes;
  }
  static bool accepts_inclusion(const nlohmann::json& c) {
    const auto path = proof(c["proof"]);
    const auto leaf = hash(c["leafHash"]);
    return path && leaf &&
           verify_inclusion(*leaf, LeafIndex(number(c["leafIdx"])), TreeSize(number(c["treeSize"])),
                            root(c["root"]), *path);
  }
  static bool accepts_consistency(const nlohmann::json& c) {
    const auto path = proof(c["proof"]);
    return path && verify_consistency(TreeSize(number(c["size1"])), root(c["root1"]),
                                      TreeSize(number(c["size2"])), root(c["root2"]), *path);
  }
  std::filesystem::path folder_;
};

TEST_F(PublicCases, AreAllJudgedAsTheirAuthorsDo) {
  std::map<bool, int> judged;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder_)) {
    if (file.path().extension() != ".json") continue;
    std::ifstream stream(file.path());
    const auto c = nlohmann::json::parse(stream);
    const bool accepted = c.contains("leafIdx") ? accepts_inclusion(c) : accepts_consistency(c);
    EXPECT_EQ(accepted, !c["wantErr"].get<bool>()) << file.path();
    ++judged[accepted];
  }
  EXPECT_EQ(judged[true], 12);
  EXPECT_EQ(judged[false], 184);
}

}  // namespace
}  // namespace merkle
