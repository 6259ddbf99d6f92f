// Splits a loop over independent items among threads. For work that takes far longer than starting a thread
// (20 us).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace base {

/// Calls body(begin, end) for ranges that cover [0, count), each at most `grain` long, on up to `threads`
/// threads (the caller's included). Returns when all are done. `body` must not throw and must only touch its
/// own range.
template <typename Body>
void parallel_for(unsigned threads, std::size_t count, std::size_t grain, const Body& body) {
  if (grain == 0) grain = 1;
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t begin = next.fetch_add(grain); begin < count; begin = next.fetch_add(grain)) {
      body(begin, std::min(begin + grain, count));
    }
  };
  const std::size_t useful = std::min<std::size_t>(threads, (count + grain - 1) / grain);
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < useful; ++i) helpers.emplace_back(work);
  work();
}

}  // namespace base
