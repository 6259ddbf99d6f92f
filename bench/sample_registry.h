// A busy registry to measure: four members, many organisations that hold one domain each, and as many routine
// changes (class H1) of their name servers as asked for. Everything follows from the numbers given, so two
// runs measure the same log. Records are well-formed and signed with real keys; the rules accept all of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/strong.h"
#include "note/key.h"

namespace bench {

inline constexpr std::string_view kOrigin = "registry.example/bench";
/// 2026-01-01T00:00:00Z
inline constexpr base::EpochSeconds kGenesisTime{1'767'225'600};

class SampleRegistry {
 public:
  explicit SampleRegistry(std::size_t organisations);

  std::size_t organisations() const { return organisations_; }
  std::string genesis() const;
  /// Leaves of the blocks after the genesis block, all at the genesis time: the zone and its hosts by class
  /// U, then organisations and their domains by class A, some to a proposal and one proposal to a block.
  std::vector<std::vector<std::string>> founding() const;
  /// Routine change `number`: organisation number % organisations() moves its domain to another name server.
  /// For one organisation the changes must be applied in order.   Threads: any.
  std::string change(std::uint64_t number, base::EpochSeconds expires) const;

  static std::string member(unsigned index);
  /// Of organisation `number`.
  static std::string domain(std::size_t number);
  note::Signer log_key() const;
  note::Signer operator_key(unsigned index) const;  ///< type 0x01, named by the handle
  note::Signer cosigner(unsigned index) const;      ///< type 0x04, named ORIGIN/HANDLE

 private:
  std::string batch(std::size_t first, std::size_t end) const;
  std::string upstream() const;
  std::vector<std::string> with_votes(const std::string& proposal_body, const std::string& signer,
                                      const std::string& vote) const;
  std::string head(std::string_view kind, std::string_view by) const;

  std::size_t organisations_;
  std::string epoch_;
};

/// Writes a whole registry's folder (log, policy, settings) with `leaves` leaves or a few more, in blocks of
/// `block_records` spread over `days` of block time; keeps it if it is there already, and then returns 0; else how many
/// routine changes are on it.
struct LogOptions {
  std::string folder;
  std::uint64_t leaves = 1'000'000;
  std::size_t organisations = 10'000;
  std::size_t block_records = 256;
  std::uint64_t days = 30;
  std::uint64_t expires_days = 7;
  unsigned threads = 2;
};
std::uint64_t make_log(const LogOptions& options);

}  // namespace bench
