// Figures of the state trie, each beside its floor measured in the same run: a build beside the bare hashes
// it needs, with the same kernel on as many threads. Prints a table; arguments: [KEYS] [THREADS].
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include <malloc.h>

#include "base/parallel.h"
#include "crypto/hash.h"
#include "merkle/state_trie.h"

namespace {

using base::Hash;
using merkle::TrieUpdate;

Hash number_hash(std::uint64_t number) {
  return crypto::sha256({{reinterpret_cast<const base::Byte*>(&number), sizeof number}});
}

/// What something took: on the clock, and on all processors together. The second is what stays the same when
/// other programs want the machine.
struct Times {
  double wall = 0;
  double cpu = 0;
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <typename Body>
Times measure(const Body& body) {
  const double cpu = cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  body();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return {wall, cpu_seconds() - cpu};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Best and median of some rounds.
struct Rounds {
  std::vector<double> wall;
  std::vector<double> cpu;
  void add(const Times& times) {
    wall.push_back(times.wall);
    cpu.push_back(times.cpu);
  }
  void print(const char* what) const {
    std::printf("%-28s wall: best %9.3f ms, median %9.3f ms   CPU: best %9.3f ms, median %9.3f ms\n", what,
                1e3 * *std::min_element(wall.begin(), wall.end()), 1e3 * median(wall),
                1e3 * *std::min_element(cpu.begin(), cpu.end()), 1e3 * median(cpu));
  }
};

/// Median over the rounds of what `above` took, in units of what the same round's `below` took.
double median_ratio(const std::vector<double>& above, const std::vector<double>& below) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < above.size(); ++i) ratios.push_back(above[i] / below[i]);
  return median(ratios);
}

constexpr std::size_t kCall = 256;

/// Time of `count` hashes of 65 bytes, in calls of 256 from a buffer that stays in the cache.
Times measure_floor(std::size_t count, unsigned threads) {
  return measure([&] {
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
  Rounds rounds;
  std::uint64_t next = 1;
  for (int round = 0; round < 25; ++round) {
    std::vector<TrieUpdate> updates;
    for (std::size_t i = 0; i < count; ++i) {
      next = next * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
      updates.push_back({all[(next >> 20) % all.size()].key, number_hash(next)});
    }
    std::sort(updates.begin(), updates.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    updates.erase(std::unique(updates.begin(), updates.end(),
                              [](const auto& a, const auto& b) { return a.key == b.key; }),
                  updates.end());
    std::shuffle(updates.begin(), updates.end(), std::mt19937_64(next));
    rounds.add(measure([&] { trie.update(updates, threads); }));
  }
  rounds.print((std::to_string(count) + " updates").c_str());
}

void bench_proofs(const merkle::StateTrie& trie, const std::vector<TrieUpdate>& all) {
  std::size_t bytes = 0;
  std::size_t proofs = 0;
  const std::size_t step = all.size() / 20'000 + 1;
  const Times times = measure([&] {
    for (std::size_t i = 0; i < all.size(); i += step, ++proofs) {
      const merkle::TrieProof proof = trie.prove(all[i].key);
      bytes += 2 + proof.bitmap.size() + 32 * proof.siblings.size();
    }
  });
  std::printf("mean proof                   %9.1f bytes, %.2f us of CPU\n",
              static_cast<double>(bytes) / static_cast<double>(proofs),
              1e6 * times.cpu / static_cast<double>(proofs));
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
  Rounds fresh;
  Rounds reused;
  Rounds floor;
  merkle::StateTrie trie;
  for (int round = 0; round < 9; ++round) {
    trie = merkle::StateTrie();
    malloc_trim(0);  // the build pays for new pages, as when a replica starts
    fresh.add(measure([&] { trie.update(updates, threads); }));
    floor.add(measure_floor(hashes, threads));
    trie = merkle::StateTrie();
    reused.add(measure([&] { trie.update(updates, threads); }));
  }
  std::printf("%zu keys, %u threads, %zu hashes\n", keys, threads, hashes);
  floor.print("floor: the bare hashes");
  fresh.print("build in new pages");
  reused.print("build in pages used before");
  std::printf("build / floor, new pages     median of rounds: wall %.2f, CPU %.2f\n",
              median_ratio(fresh.wall, floor.wall), median_ratio(fresh.cpu, floor.cpu));
  std::printf("build / floor, used pages    median of rounds: wall %.2f, CPU %.2f\n",
              median_ratio(reused.wall, floor.wall), median_ratio(reused.cpu, floor.cpu));
  std::printf("memory                       %9.1f bytes a key\n",
              static_cast<double>(trie.bytes()) / static_cast<double>(keys));
  for (const std::size_t count : {1U, 100U, 1'000U, 10'000U}) bench_updates(trie, updates, count, threads);
  bench_proofs(trie, updates);
  return 0;
}
