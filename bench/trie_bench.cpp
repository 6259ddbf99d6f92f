// Figures of the state trie, each beside its floor measured in the same run: a build beside the bare hashes
// it needs, with the same kernel on as many threads. Prints a table; arguments: [KEYS] [THREADS].
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "base/parallel.h"
#include "crypto/hash.h"
#include "merkle/state_trie.h"

namespace {

using base::Hash;
using merkle::TrieUpdate;

Hash number_hash(std::uint64_t number) {
  return crypto::sha256({{reinterpret_cast<const base::Byte*>(&number), sizeof number}});
}

/// Wall time, and the processor time of all threads: the one to compare when others use the machine too.
struct Spent {
  double wall = 1e9;
  double processor = 1e9;
};

template <typename Body>
Spent spent(const Body& body) {
  const std::clock_t processor = std::clock();
  const auto wall = std::chrono::steady_clock::now();
  body();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(),
          static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC};
}
Spent least(const Spent& a, const Spent& b) {
  return {std::min(a.wall, b.wall), std::min(a.processor, b.processor)};
}

constexpr std::size_t kCall = 256;

/// Time of `count` hashes of 65 bytes, in calls of 256 from a buffer that stays in the cache.
Spent floor_of(std::size_t count, unsigned threads) {
  return spent([&] {
    base::parallel_for(threads, count / kCall + 1, 64, [](std::size_t begin, std::size_t end) {
      std::vector<base::Byte> messages(kCall * crypto::kNodeBytes, 0x5a);
      std::vector<Hash> hashes(kCall);
      for (std::size_t i = begin; i < end; ++i) {
        crypto::sha256_65_many(messages, hashes);
        std::copy(hashes[0].bytes.begin(), hashes[0].bytes.end(), messages.begin());
      }
    });
  });
}

/// Inner nodes of the trie over `keys`: one for each prefix that two keys share.
std::size_t inner_nodes(std::vector<Hash> keys) {
  std::sort(keys.begin(), keys.end());
  const auto shared_bits = [](const Hash& a, const Hash& b) {
    unsigned bits = 0;
    while (((a.bytes[bits / 8] ^ b.bytes[bits / 8]) >> (7 - bits % 8) & 1) == 0) ++bits;
    return bits;
  };
  std::size_t nodes = 0;
  unsigned before = 0;
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    const unsigned shared = shared_bits(keys[i], keys[i + 1]) + 1;
    if (i == 0 || shared > before) nodes += shared - (i == 0 ? 0 : before);
    before = shared;
  }
  return nodes;
}

void bench_updates(merkle::StateTrie& trie, const std::vector<TrieUpdate>& all, std::size_t count,
                   unsigned threads) {
  constexpr int kRounds = 15;
  std::vector<double> times;
  std::vector<double> processor_times;
  std::uint64_t next = 1;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<TrieUpdate> updates;
    for (std::size_t i = 0; i < count; ++i) {
      next = next * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
      updates.push_back({all[(next >> 20) % all.size()].key, number_hash(next)});
    }
    std::sort(updates.begin(), updates.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    updates.erase(std::unique(updates.begin(), updates.end(),
                              [](const auto& a, const auto& b) { return a.key == b.key; }),
                  updates.end());
    const Spent one = spent([&] { trie.update(updates, threads); });
    times.push_back(one.wall);
    processor_times.push_back(one.processor);
  }
  std::sort(times.begin(), times.end());
  std::sort(processor_times.begin(), processor_times.end());
  std::printf("%7zu updates                 %9.3f ms, processor %.3f ms (medians)\n", count,
              1e3 * times[kRounds / 2], 1e3 * processor_times[kRounds / 2]);
}

void bench_proofs(const merkle::StateTrie& trie, const std::vector<TrieUpdate>& all) {
  std::size_t bytes = 0;
  std::size_t proofs = 0;
  const std::size_t step = all.size() / 20'000 + 1;
  const double time = spent([&] {
                        for (std::size_t i = 0; i < all.size(); i += step, ++proofs) {
                          const merkle::TrieProof proof = trie.prove(all[i].key);
                          bytes += 2 + proof.bitmap.size() + 32 * proof.siblings.size();
                        }
                      }).processor;
  std::printf("mean proof                      %9.1f bytes, %.2f us\n",
              static_cast<double>(bytes) / static_cast<double>(proofs),
              1e6 * time / static_cast<double>(proofs));
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t keys = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const unsigned threads = argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 2;
  std::vector<TrieUpdate> updates(keys);
  std::vector<Hash> names(keys);
  for (std::size_t i = 0; i < keys; ++i) {
    names[i] = number_hash(i);
    updates[i] = {names[i], number_hash(~i)};
  }
  const std::size_t hashes = keys + inner_nodes(names);
  Spent build;
  Spent floor;
  merkle::StateTrie trie;
  for (int round = 0; round < 3; ++round) {
    trie = merkle::StateTrie();
    build = least(build, spent([&] { trie.update(updates, threads); }));
    floor = least(floor, floor_of(hashes, threads));
  }
  std::printf("%zu keys, %u threads, %zu hashes\n", keys, threads, hashes);
  std::printf("build                           %9.1f ms, processor %.1f ms\n", 1e3 * build.wall,
              1e3 * build.processor);
  std::printf("floor: the bare hashes          %9.1f ms, processor %.1f ms\n", 1e3 * floor.wall,
              1e3 * floor.processor);
  std::printf("build / floor                   %9.2f, processor %.2f\n", build.wall / floor.wall,
              build.processor / floor.processor);
  std::printf("memory                          %9.1f bytes a key\n",
              static_cast<double>(trie.bytes()) / static_cast<double>(keys));
  for (const std::size_t count : {1U, 100U, 1'000U, 10'000U}) bench_updates(trie, updates, count, threads);
  bench_proofs(trie, updates);
  return 0;
}
