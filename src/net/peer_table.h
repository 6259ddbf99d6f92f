// How many connections each peer has, and how many requests it may still send. A peer is an IPv4 address or an IPv6 /64:
// whoever rents one machine gets a whole /64. Addresses stay in this table, in memory, while their peer is connected or
// its tokens are short, and are written nowhere.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/bytes.h"

namespace net {

/// Network byte order; an IPv4 address is its mapped IPv6 form, whose last four octets then count.
using PeerKey = std::array<base::Byte, 16>;

/// The peer that an address belongs to.
PeerKey peer_of(const std::array<base::Byte, 16>& ipv6_or_mapped);

struct PeerLimits {
  std::size_t connections_max = 0;
  double requests_per_second = 0;  ///< 0: no limit
  double burst = 1;
};

/// Threads: any.   Lifetime: outlives its tickets.
class PeerTable {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// One connection of a peer.   Threads: one owner.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket();
    /// Whether the peer may send one more request now. A ticket of nobody always may.
    bool take_request(Time now);

   private:
    friend class PeerTable;
    Ticket(PeerTable& table, const PeerKey& key) : table_(&table), key_(key) {}
    PeerTable* table_ = nullptr;
    PeerKey key_{};
  };

  explicit PeerTable(const PeerLimits& limits) : limits_(limits) {}

  /// Nothing if the peer has its fill of connections.
  std::optional<Ticket> enter(const PeerKey& key, Time now);
  /// Peers now remembered.
  std::size_t size() const;

 private:
  struct Peer {
    std::size_t connections = 0;
    double tokens = 0;
    Time filled{};
  };
  void leave(const PeerKey& key);
  bool take_request(const PeerKey& key, Time now);
  /// What the peer has, with what it has earned since.
  double tokens(const Peer& peer, Time now) const;
  void forget_the_rested(Time now);

  PeerLimits limits_;
  mutable std::mutex mutex_;
  std::map<PeerKey, Peer> peers_;
  Time swept_{};
};

}  // namespace net
