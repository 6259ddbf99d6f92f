// One random ceremony without a log: members of whom some lie, and a judge who sees what the log would hold. Key
// generation until it succeeds, then a resharing of that key. Complains if an honest member is ever left out, if an
// attempt ends without anybody being left out, or if the outcome does not sign.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace sim {

struct CeremonyShape {
  std::size_t threshold;
  std::size_t members;
};

/// What one run came to.
struct CeremonyStory {
  std::string complaint;             ///< empty if all is as it must be
  std::size_t attempts = 0;          ///< of both ceremonies
  std::size_t excluded = 0;          ///< liars left out
  std::size_t complaints = 0;        ///< upheld
  std::size_t false_complaints = 0;  ///< seen through
};

CeremonyStory run_ceremony(const CeremonyShape& shape, std::uint64_t seed);

}  // namespace sim
