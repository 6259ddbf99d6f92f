// Which SHA-256 pays, for trie nodes (65 bytes) and for whole messages. Floor: sixteen AVX-512 lanes kept
// busy; the first line of each group is what OpenSSL does with a reused context, which hash.cpp falls back
// to.
#include <benchmark/benchmark.h>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/sha256_kernels.h"

namespace {

using base::Byte;
using base::Bytes;
using base::ByteView;
using base::Hash;
using crypto::kNodeBytes;

void count(benchmark::State& state, std::size_t messages) {
  state.SetItemsProcessed(static_cast<std::int64_t>(messages) *
                          static_cast<std::int64_t>(state.iterations()));
}

using Single = Hash (*)(std::initializer_list<ByteView>);

void node(benchmark::State& state, Single kernel) {
  const Bytes message(kNodeBytes, 7);
  for (auto _ : state) benchmark::DoNotOptimize(kernel({message}));
  count(state, 1);
}

void message(benchmark::State& state, Single kernel) {
  const Bytes text(static_cast<std::size_t>(state.range(0)), 7);
  for (auto _ : state) benchmark::DoNotOptimize(kernel({text}));
  state.SetBytesProcessed(state.range(0) * static_cast<std::int64_t>(state.iterations()));
  count(state, 1);
}

void nodes(benchmark::State& state, void (*kernel)(ByteView, std::span<Hash>)) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const Bytes messages(size * kNodeBytes, 7);
  std::vector<Hash> out(size);
  for (auto _ : state) {
    kernel(messages, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count(state, size);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::RegisterBenchmark("node/evp", node, crypto::sha256_evp);
  if (crypto::has_sha_ni()) {
    benchmark::RegisterBenchmark("node/sha_ni", node, crypto::sha256_sha_ni);
    benchmark::RegisterBenchmark("nodes/sha_ni_two_streams", nodes, crypto::sha256_65_sha_ni)
        ->Arg(2)
        ->Arg(1'000);
  }
  auto* const many = benchmark::RegisterBenchmark("nodes/sha256_65_many", nodes, crypto::sha256_65_many);
  for (const int size : {1, 2, 4, 8, 9, 12, 15, 16, 1'000, 100'000}) many->Arg(size);
  benchmark::RegisterBenchmark("message/evp", message, crypto::sha256_evp)->Arg(300)->Arg(8'192);
  if (crypto::has_sha_ni()) {
    benchmark::RegisterBenchmark("message/sha_ni", message, crypto::sha256_sha_ni)->Arg(300)->Arg(8'192);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
