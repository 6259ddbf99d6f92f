#include "net/peer_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace net {
namespace {

constexpr std::chrono::seconds kSweepEvery{10};
constexpr std::array<base::Byte, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

PeerKey peer_of(const std::array<base::Byte, 16>& ipv6_or_mapped) {
  PeerKey key = ipv6_or_mapped;
  if (!std::ranges::equal(std::span(key).first(kMapped.size()), kMapped)) {
    std::ranges::fill(std::span(key).last(8), base::Byte{0});
  }
  return key;
}

PeerTable::Ticket::Ticket(Ticket&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)), key_(other.key_) {}

PeerTable::Ticket& PeerTable::Ticket::operator=(Ticket&& other) noexcept {
  std::swap(table_, other.table_);
  std::swap(key_, other.key_);
  return *this;
}

PeerTable::Ticket::~Ticket() {
  if (table_ != nullptr) table_->leave(key_);
}

bool PeerTable::Ticket::take_request(Time now) {
  return table_ == nullptr || table_->take_request(key_, now);
}

std::optional<PeerTable::Ticket> PeerTable::enter(const PeerKey& key, Time now) {
  const std::scoped_lock lock(mutex_);
  forget_the_rested(now);
  const auto [at, is_new] = peers_.try_emplace(key);
  Peer& peer = at->second;
  if (is_new) {
    peer.tokens = limits_.burst;
    peer.filled = now;
  }
  if (peer.connections >= limits_.connections_max) return std::nullopt;
  ++peer.connections;
  return Ticket(*this, key);
}

std::size_t PeerTable::size() const {
  const std::scoped_lock lock(mutex_);
  return peers_.size();
}

void PeerTable::leave(const PeerKey& key) {
  const std::scoped_lock lock(mutex_);
  const auto at = peers_.find(key);
  CHECK(at != peers_.end() && at->second.connections > 0);
  --at->second.connections;
  // Forgetting a peer at once would give it a full burst with every new connection.
  if (at->second.connections == 0 && limits_.requests_per_second <= 0) peers_.erase(at);
}

double PeerTable::tokens(const Peer& peer, Time now) const {
  if (now <= peer.filled) return peer.tokens;
  const double seconds = std::chrono::duration<double>(now - peer.filled).count();
  return std::min(limits_.burst, peer.tokens + seconds * limits_.requests_per_second);
}

bool PeerTable::take_request(const PeerKey& key, Time now) {
  if (limits_.requests_per_second <= 0) return true;
  const std::scoped_lock lock(mutex_);
  const auto at = peers_.find(key);
  CHECK(at != peers_.end());
  Peer& peer = at->second;
  peer.tokens = tokens(peer, now);
  peer.filled = std::max(peer.filled, now);
  if (peer.tokens < 1) return false;
  peer.tokens -= 1;
  return true;
}

/// A peer whose tokens are full again is like one never seen. Each peer here once held a connection and spent a token,
/// so the table grows no faster than connections are accepted, and shrinks burst / rate seconds later.
void PeerTable::forget_the_rested(Time now) {
  if (now - swept_ < kSweepEvery) return;
  swept_ = now;
  std::erase_if(peers_, [this, now](const auto& entry) {
    return entry.second.connections == 0 && tokens(entry.second, now) >= limits_.burst;
  });
}

}  // namespace net
