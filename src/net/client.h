// An HTTP/1.1 client for one server: one connection, kept alive, every call bounded in time and bytes. It follows no
// redirect, sends no cookie and says no version. What it returns is a stranger's word: callers check it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/errors.h"
#include "net/http.h"

namespace net {

/// Of one call. Zero: the client's own.
struct CallLimits {
  std::chrono::milliseconds timeout{0};  ///< for the whole call, connecting included
  std::size_t body_bytes_max = 0;
};

struct ClientOptions {
  std::chrono::milliseconds connect_timeout{10'000};  ///< name, connection and TLS, within the call's own
  std::chrono::milliseconds timeout{30'000};
  std::size_t header_bytes_max = std::size_t{64} << 10;
  std::size_t body_bytes_max = std::size_t{32} << 20;
  std::string trusted_certificates;  ///< PEM; "": the system's. Servers are always checked, names too
};

/// Threads: one caller at a time; interrupt() from any.   Order: create, (get | post | get_events)*.
/// A connection that the server closed meanwhile is opened again; a call whose connection breaks under way is tried
/// once more if it is a GET.
/// Errors of the calls: kCannotConnect, kTlsRefused, kTimedOut, kConnectionLost, kAnswerTooLarge, kBadAnswer,
/// kInterrupted (detail: URL). A status of 400 or more is an answer, not an error.
class Client {
 public:
  /// Does not connect yet.
  /// Shapes: "http://host[:port][/prefix]" or "https://..."; host a name, an IPv4 address or "[IPv6]". No user, query
  ///         or fragment; the prefix is put before every path.
  /// Errors: kBadUrl, kBadTlsMaterial.
  static base::Result<std::unique_ptr<Client>> create(std::string_view base_url, ClientOptions options);
  virtual ~Client() = default;

  /// Shapes: begins with '/', no blanks, no control characters, ASCII: percent-encoding is the caller's.
  /// Errors: as above, kBadUrl.
  virtual base::Result<Response> get(std::string_view path_and_query, CallLimits limits = {},
                                     const std::vector<Header>& headers = {}) = 0;
  virtual base::Result<Response> post(std::string_view path_and_query, std::string_view content_type,
                                      std::string_view body, CallLimits limits = {}) = 0;

  /// Reads an endless answer. `on_bytes` gets its body piece by piece, as it comes, until it returns false.
  /// Shapes: limits.timeout is the longest silence; limits.body_bytes_max is not looked at.
  /// Errors: as above; kBadAnswer also for a status other than 200. The server's regular end is success.
  virtual base::Result<void> get_events(std::string_view path_and_query, CallLimits limits,
                                        const std::vector<Header>& headers,
                                        const std::function<bool(std::string_view)>& on_bytes) = 0;

  /// The call under way and every later one end with kInterrupted, at once.   Threads: any.
  virtual void interrupt() = 0;

 protected:
  Client() = default;
};

}  // namespace net
