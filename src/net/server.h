// An HTTP/1.1 server for strangers: every wait, queue and buffer has a limit (docs/operations/limits.md), and what
// breaks the protocol is refused, not guessed. It knows nothing of paths: one handler answers everything. Beast, Asio
// and TLS stay behind this header. It writes no access log and hands nobody a peer's address.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret_bytes.h"
#include "base/strong.h"
#include "net/errors.h"
#include "net/reply.h"

namespace net {

using std::chrono::milliseconds;

/// Each with what happens beyond it: docs/operations/limits.md. Counts and times must be positive unless said.
struct ServerLimits {
  std::size_t header_bytes_max = std::size_t{16} << 10;  ///< request line and headers together
  std::size_t headers_max = 64;                          ///< lines
  std::size_t body_bytes_max = std::size_t{1} << 20;     ///< one request's
  std::size_t bodies_bytes_max = std::size_t{64} << 20;  ///< of all requests not yet answered, together
  std::size_t connections_max = 4'096;                   ///< of all peers
  std::size_t connections_per_peer_max = 256;            ///< a peer: an IPv4 address, or an IPv6 /64
  double requests_per_second_per_peer = 0;               ///< 0: no limit
  double requests_burst_per_peer = 200;                  ///< at once, after a pause; at least 1
  std::uint64_t requests_per_connection_max = 100'000;   ///< then the connection is closed, politely
  std::size_t stream_queue_bytes_max = std::size_t{256} << 10;  ///< unread bytes of one event stream
  milliseconds header_timeout{
      10'000};  ///< from a request's first byte to the end of its headers; TLS handshake too
  milliseconds body_timeout{30'000};     ///< from the end of the headers to the end of the body
  milliseconds idle_timeout{60'000};     ///< between requests, and before the first
  milliseconds answer_timeout{180'000};  ///< from the handler's call to its answer; then 503
  milliseconds write_timeout{30'000};    ///< for every 256 KiB of an answer
};

/// PEM. Both are read by the caller.
struct TlsIdentity {
  std::string certificate_chain;  ///< the server's own first
  base::SecretBytes private_key;  ///< not encrypted
};

struct ServerOptions {
  std::vector<std::string>
      listen;  ///< "127.0.0.1:8480", "[::1]:0" (0: any free port); only numbers, no names
  /// Sockets that listen already (os::inherited_sockets). The server owns them, even if it does not start.
  std::vector<int> inherited_sockets;
  std::optional<TlsIdentity> tls;  ///< without it plain HTTP, for loopback and for proxies
  ServerLimits limits;
  unsigned threads = 0;  ///< 0: one for each processor
};

/// Is this an address to listen on: "127.0.0.1:8480", "[::1]:0"? Whether it is free only start() finds out.
/// Errors: kBadListenAddress.
base::Result<void> check_listen_address(const std::string& text);
/// Is this a certificate, and is the key its own?   Errors: kBadTlsMaterial.
base::Result<void> check_tls_identity(const TlsIdentity& identity);

/// Since the start; the open ones are of now.
struct ServerCounters {
  std::uint64_t connections = 0;  ///< accepted, the refused ones too
  std::uint64_t connections_open = 0;
  std::uint64_t connections_refused = 0;  ///< for want of room: 503 or 429
  std::uint64_t tls_refused = 0;          ///< handshakes that failed, too slow ones too
  std::uint64_t requests = 0;             ///< handed to the handler
  std::uint64_t requests_malformed = 0;   ///< refused by the server itself: 400, 413, 414, 417, 431, 501, 505
  std::uint64_t requests_limited = 0;     ///< refused for their number: 429
  std::uint64_t timeouts = 0;             ///< connections cut because somebody was too slow; not idle ones
  std::uint64_t answers_2xx = 0;
  std::uint64_t answers_3xx = 0;
  std::uint64_t answers_4xx = 0;
  std::uint64_t answers_5xx = 0;
  std::uint64_t streams_open = 0;
  std::uint64_t streams_cut = 0;  ///< because the reader did not keep up
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
};

/// Threads: any, but stop() and the destructor not from a handler.   Order: start, anything*, stop?, destroyed.
class Server {
 public:
  /// Listens and serves when it returns.
  /// Errors: kBadListenAddress, kCannotListen (detail: address and the system's words), kBadTlsMaterial,
  ///         kBadServerLimits.
  static base::Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  virtual ~Server() = default;  // stops at once

  /// What it listens on, in the order of the options (then the inherited), ports filled in: "[::1]:41234".
  virtual std::vector<std::string> addresses() const = 0;
  virtual ServerCounters counters() const = 0;
  /// New connections get the new certificate; the old ones keep theirs.
  /// Errors: kBadTlsMaterial (the old one stays), also if the server was started without TLS.
  virtual base::Result<void> replace_certificate(TlsIdentity identity) = 0;
  /// No new connections, idle ones are closed, event streams end; answers under way have `grace` to finish, then
  /// everything is cut. Returns when no thread of the server is left. Again: nothing happens.
  virtual void stop(base::Seconds grace) = 0;

 protected:
  Server() = default;
};

}  // namespace net
