// Aim: the root depends on the set alone and is the one of docs/formats/state.md; proofs are right, shortest,
// and none survives a change. Method: a recursive trie over a sorted map, written from the format page,
// against random and adversarial sets, orders and batch sizes; every proof with every bit flipped and every
// field bent.
#include "merkle/state_trie.h"

#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "crypto/hash.h"

namespace merkle {
namespace {

using base::Hash;
using Terminal = TrieProof::Terminal;
using Set = std::map<Hash, Hash>;

Hash tagged(base::Byte tag, const Hash& a, const Hash& b) {
  return crypto::sha256({{&tag, 1}, a.view(), b.view()});
}

bool bit(const Hash& key, unsigned depth) {
  return (key.bytes[depth / 8] >> (7 - depth % 8) & 1) != 0;
}

Hash naive_root(Set::const_iterator begin, Set::const_iterator end, unsigned depth) {
  if (begin == end) return Hash{};
  if (std::next(begin) == end) return tagged(0x02, begin->first, begin->second);
  const auto middle = std::find_if(begin, end, [&](const auto& entry) { return bit(entry.first, depth); });
  return tagged(0x03, naive_root(begin, middle, depth + 1), naive_root(middle, end, depth + 1));
}
Hash naive_root(const Set& set) {
  return naive_root(set.begin(), set.end(), 0);
}

Hash number_hash(std::uint64_t number) {
  return crypto::sha256(base::as_bytes(std::to_string(number)));
}

std::vector<TrieUpdate> insertions(const Set& set) {
  std::vector<TrieUpdate> updates;
  for (const auto& [key, text_hash] : set) updates.push_back({key, text_hash});
  return updates;
}

Set random_set(std::size_t count, std::uint64_t seed) {
  Set set;
  for (std::size_t i = 0; i < count; ++i)
    set[number_hash(seed * 1'000'003 + i)] = number_hash(seed * 7'000'003 + i);
  return set;
}

/// Keys that share long prefixes: each differs from a base key from some bit on.
Set crowded_set(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const Hash base_key = number_hash(seed);
  Set set;
  set[base_key] = number_hash(1);
  while (set.size() < count) {
    Hash key = base_key;
    const unsigned flips = 1 + static_cast<unsigned>(random() % 3);
    for (unsigned i = 0; i < flips; ++i) {
      const auto at = static_cast<unsigned>(random() % 256);
      key.bytes[at / 8] = static_cast<base::Byte>(key.bytes[at / 8] ^ (1U << (at % 8)));
    }
    set[key] = number_hash(random());
  }
  return set;
}

StateTrie trie_of(const Set& set, unsigned threads = 1) {
  StateTrie trie;
  trie.update(insertions(set), threads);
  return trie;
}

void expect_same(const StateTrie& trie, const Set& set) {
  ASSERT_EQ(trie.root(), naive_root(set));
  ASSERT_EQ(trie.size(), set.size());
}

TEST(TrieProof, RefusesEveryBentForm) {
  const Set set = random_set(200, 1);
  const StateTrie trie = trie_of(set);
  const Hash key = set.begin()->first;
  const Hash text_hash = set.begin()->second;
  const TrieProof good = trie.prove(key);
  ASSERT_GT(good.depth, 1);
  const auto refused = [&](auto bend) {
    TrieProof bent = good;
    bend(bent);
    const auto root = root_of_proof(key, text_hash, bent);
    return !root && root.error().kind() == kBadTrieProof;
  };
  EXPECT_TRUE(refused([](TrieProof& p) { p.depth = 257; }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.bitmap.push_back(0); }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.bitmap.clear(); }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.bitmap.back() |= 1; }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.siblings.push_back(number_hash(1)); }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.siblings.pop_back(); }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.siblings[0] = Hash{}; }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.terminal = Terminal::kEmpty; }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.terminal = Terminal::kOther; }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.terminal = static_cast<Terminal>(7); }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.other_key = number_hash(1); }));
  EXPECT_TRUE(refused([](TrieProof& p) { p.other_text_hash = number_hash(1); }));
  EXPECT_TRUE(refused([](TrieProof& p) { ++p.depth; }));  // one level more, with nothing beside the leaf
  EXPECT_FALSE(root_of_proof(key, std::nullopt, good));   // absence claimed with a presence proof
}

TEST(TrieProof, RefusesAbsenceThatIsNotShown) {
  const Set set = random_set(200, 2);
  const StateTrie trie = trie_of(set);
  bool saw_other = false;
  bool saw_empty = false;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    const Hash absent = number_hash(i + 900'000'000);
    TrieProof proof = trie.prove(absent);
    ASSERT_EQ(root_of_proof(absent, std::nullopt, proof).value(), trie.root());
    ASSERT_FALSE(root_of_proof(absent, number_hash(1), proof));
    if (proof.terminal == Terminal::kEmpty) {
      saw_empty = true;
      continue;
    }
    saw_other = true;
    ASSERT_FALSE(root_of_proof(proof.other_key, std::nullopt, proof));  // it is that leaf: not absent
    ASSERT_GT(proof.depth, 0);
    Hash elsewhere = absent;  // shares one bit too few
    elsewhere.bytes[(proof.depth - 1U) / 8] =
        static_cast<base::Byte>(elsewhere.bytes[(proof.depth - 1U) / 8] ^ (0x80U >> (proof.depth - 1U) % 8));
    ASSERT_FALSE(root_of_proof(elsewhere, std::nullopt, proof));
  }
  EXPECT_TRUE(saw_other && saw_empty);
  TrieProof deepest;
  deepest.depth = 256;
  deepest.bitmap.assign(32, 0);
  deepest.bitmap.back() = 1;
  deepest.siblings = {number_hash(1)};
  EXPECT_FALSE(root_of_proof(number_hash(2), std::nullopt, deepest));
}

void expect_all_bits_matter(const Hash& key, const std::optional<Hash>& text_hash, const TrieProof& good,
                            const Hash& root) {
  ASSERT_EQ(root_of_proof(key, text_hash, good).value(), root);
  const auto still_good = [&](const TrieProof& proof) {
    const auto led_to = root_of_proof(key, text_hash, proof);
    return led_to && *led_to == root;
  };
  TrieProof bent = good;
  const auto flip_all = [&](std::span<base::Byte> bytes) {
    for (base::Byte& byte : bytes) {
      for (unsigned i = 0; i < 8; ++i) {
        byte = static_cast<base::Byte>(byte ^ (1U << i));
        ASSERT_FALSE(still_good(bent));
        byte = static_cast<base::Byte>(byte ^ (1U << i));
      }
    }
  };
  flip_all(bent.bitmap);
  for (Hash& sibling : bent.siblings) flip_all(sibling.bytes);
  flip_all(bent.other_key.bytes);
  flip_all(bent.other_text_hash.bytes);
  for (unsigned i = 0; i < 16; ++i) {
    bent = good;
    bent.depth = static_cast<std::uint16_t>(bent.depth ^ (1U << i));
    ASSERT_FALSE(still_good(bent));
  }
}

TEST(TrieProof, DoesNotSurviveAFlippedBitAnywhere) {
  for (const Set& set : {random_set(1, 3), random_set(2, 3), random_set(150, 3), crowded_set(40, 3)}) {
    const StateTrie trie = trie_of(set);
    std::size_t nth = 0;
    for (const auto& [key, text_hash] : set) {
      if (nth++ % 29 != 0) continue;
      expect_all_bits_matter(key, text_hash, trie.prove(key), trie.root());
      Hash neighbour = key;
      neighbour.bytes[31] ^= 1;
      if (!set.contains(neighbour)) {
        expect_all_bits_matter(neighbour, std::nullopt, trie.prove(neighbour), trie.root());
      }
    }
  }
}

TEST(StateTrie, OfNothingIsZeroAndProvesAbsence) {
  StateTrie trie;
  EXPECT_TRUE(trie.root().is_zero());
  EXPECT_EQ(trie.find(number_hash(1)), std::nullopt);
  const TrieProof proof = trie.prove(number_hash(1));
  EXPECT_EQ(proof.depth, 0);
  EXPECT_EQ(root_of_proof(number_hash(1), std::nullopt, proof).value(), Hash{});
  const std::vector<TrieUpdate> removal{{number_hash(1), std::nullopt}};
  trie.update(removal);
  EXPECT_TRUE(trie.root().is_zero());
  EXPECT_EQ(trie.size(), 0U);
}

TEST(StateTrie, RootIsTheFormatsForEverySmallSet) {
  for (std::size_t count = 0; count < 120; ++count) {
    const Set set = random_set(count, 11);
    expect_same(trie_of(set), set);
  }
  for (std::size_t count = 1; count < 60; ++count) {
    const Set set = crowded_set(count, count);
    expect_same(trie_of(set), set);
  }
}

TEST(StateTrie, GoesTheWholeDepthForKeysThatDifferInTheLastBit) {
  Hash sibling = number_hash(5);
  sibling.bytes[31] ^= 1;
  const Set set{{number_hash(5), number_hash(6)}, {sibling, number_hash(7)}};
  StateTrie trie = trie_of(set);
  expect_same(trie, set);
  EXPECT_EQ(trie.prove(sibling).depth, 256);
  EXPECT_EQ(trie.prove(sibling).siblings.size(), 1U);
  EXPECT_EQ(root_of_proof(sibling, number_hash(7), trie.prove(sibling)).value(), trie.root());
  trie.update(std::vector<TrieUpdate>{{sibling, std::nullopt}});
  EXPECT_EQ(trie.root(), tagged(0x02, number_hash(5), number_hash(6)));
}

// Random batches of insertions, replacements and removals (of present and absent keys) against the naive
// trie.
void run_batches(const Set& pool, std::uint64_t seed, std::size_t batches, std::size_t batch_max) {
  std::mt19937_64 random(seed);
  std::vector<Hash> keys;
  for (const auto& entry : pool) keys.push_back(entry.first);
  StateTrie trie;
  Set set;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    std::ranges::shuffle(keys, random);
    std::vector<TrieUpdate> updates;
    const std::size_t count = 1 + random() % std::min(batch_max, keys.size());
    const std::uint64_t removals_of_8 = random() % 9;
    for (std::size_t i = 0; i < count; ++i) {
      if (random() % 8 < removals_of_8) {
        updates.push_back({keys[i], std::nullopt});
        set.erase(keys[i]);
      } else {
        updates.push_back({keys[i], number_hash(random())});
        set[keys[i]] = *updates.back().text_hash;
      }
    }
    trie.update(updates, 2);
    expect_same(trie, set);
    for (std::size_t i = 0; i < std::min<std::size_t>(keys.size(), 40); ++i) {
      const auto found = trie.find(keys[i]);
      const auto expected = set.find(keys[i]);
      ASSERT_EQ(found.has_value(), expected != set.end());
      if (found) {
        ASSERT_EQ(*found, expected->second);
      }
      ASSERT_EQ(root_of_proof(keys[i], found, trie.prove(keys[i])).value(), trie.root());
    }
  }
}

TEST(StateTrie, EqualsTheNaiveOneThroughRandomBatches) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) run_batches(random_set(5 + seed * 9, seed), seed, 25, 60);
}

TEST(StateTrie, EqualsTheNaiveOneWithCrowdedKeys) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) run_batches(crowded_set(3 + seed * 3, seed), seed, 25, 30);
}

TEST(StateTrie, EqualsTheNaiveOneInBatchesThatAreCutForThreads) {
  run_batches(random_set(15'000, 77), 77, 6, 15'000);
  run_batches(crowded_set(5'000, 78), 78, 3, 5'000);
}

// Sets large enough for the path that builds from nothing, with what makes it special: removals of what is
// not there, keys in one bucket only, nothing at all, and a trie that was emptied before.
TEST(StateTrie, EqualsTheNaiveOneWhenBuiltFromNothing) {
  std::mt19937_64 random(79);
  StateTrie reused;
  for (const std::size_t count : {4'096U, 5'000U, 9'001U}) {
    for (const Set& set : {random_set(count, 79 + count), crowded_set(count, 79 + count), Set{}}) {
      std::vector<TrieUpdate> updates = insertions(set);
      for (std::uint64_t i = 0; i < 4'096; ++i) updates.push_back({number_hash(i << 40), std::nullopt});
      std::ranges::shuffle(updates, random);
      StateTrie trie;
      trie.update(updates, 3);
      expect_same(trie, set);
      reused.update(updates, 2);
      expect_same(reused, set);
      for (std::size_t i = 0; i < updates.size(); i += 500) {
        ASSERT_EQ(root_of_proof(updates[i].key, updates[i].text_hash, trie.prove(updates[i].key)).value(),
                  trie.root());
      }
      for (TrieUpdate& update : updates) update.text_hash.reset();
      reused.update(updates, 2);
      expect_same(reused, {});
    }
  }
}

TEST(StateTrieDeathTest, RefusesAKeyThatComesTwice) {
  for (const std::size_t count : {2U, 5'000U}) {
    std::vector<TrieUpdate> updates = insertions(random_set(count, 80));
    updates.push_back(updates.front());
    EXPECT_DEATH(StateTrie().update(updates), "CHECK failed: depth");
  }
}

TEST(StateTrie, RootDoesNotDependOnOrderOrThreads) {
  const Set set = random_set(9'000, 5);
  std::vector<TrieUpdate> updates = insertions(set);
  std::mt19937_64 random(5);
  const Hash root = trie_of(set, 2).root();
  EXPECT_EQ(trie_of(set, 1).root(), root);
  std::ranges::shuffle(updates, random);
  StateTrie piecemeal;
  for (std::size_t at = 0; at < updates.size(); at += 1'000) {
    piecemeal.update(std::span(updates).subspan(at, 1'000));
  }
  EXPECT_EQ(piecemeal.root(), root);
  std::vector<TrieUpdate> all_and_more = updates;
  for (std::uint64_t i = 0; i < 3'000; ++i)
    all_and_more.push_back({number_hash(i + 50'000'000'000), number_hash(i)});
  StateTrie returned;
  returned.update(all_and_more, 2);
  std::vector<TrieUpdate> removals;
  for (std::size_t i = updates.size(); i < all_and_more.size(); ++i)
    removals.push_back({all_and_more[i].key, {}});
  returned.update(removals, 2);
  EXPECT_EQ(returned.root(), root);
}

TEST(StateTrie, ReusesTheMemoryOfWhatWasRemoved) {
  const Set set = random_set(6'000, 6);
  std::vector<TrieUpdate> updates = insertions(set);
  StateTrie trie;
  trie.update(updates, 2);
  const std::size_t bytes = trie.bytes();
  for (int round = 0; round < 10; ++round) {
    for (TrieUpdate& update : updates) update.text_hash.reset();
    trie.update(updates, 2);
    ASSERT_TRUE(trie.root().is_zero());
    for (TrieUpdate& update : updates) update.text_hash = number_hash(9);
    trie.update(updates, 2);
  }
  EXPECT_LT(trie.bytes(), 3 * bytes);
}

TEST(StateRoot, IsTheFormats) {
  const StateRoots roots{number_hash(1), number_hash(2), Hash{}, Hash{}, number_hash(5)};
  base::Bytes message{0x04};
  for (const Hash& root : {roots.objects, roots.rules, roots.ranges4, roots.ranges6, roots.asns}) {
    message.insert(message.end(), root.bytes.begin(), root.bytes.end());
  }
  EXPECT_EQ(state_root(roots), crypto::sha256(base::ByteView(message)));
}

}  // namespace
}  // namespace merkle
