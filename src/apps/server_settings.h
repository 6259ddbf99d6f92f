// What a configuration says of a server's sockets, as net wants it: limits, and the certificate from the files that it
// names. Format: docs/operations/configuration.md
#pragma once

#include <chrono>
#include <optional>

#include "apps/config.h"
#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"
#include "net/server.h"

namespace apps {

net::ServerLimits server_limits(const LimitsConfig& config);

/// Nothing if none is named: plain HTTP.
/// Errors: those of Files (base::kFileExposed if others may read the key). Whether they fit together
/// net::Server::start says.
base::Result<std::optional<net::TlsIdentity>> load_tls(const base::Files& files, const TlsConfig& config);

/// Gives a server what its certificate's files hold once that is something else: certificates are renewed while it runs.
/// The files may be replaced one after the other; until they fit together the server keeps what it has.   Threads: one.
class CertificateWatch {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kEvery{10};

  /// `given`: what the server was started with. `files` outlives this.
  CertificateWatch(const base::Files& files, TlsConfig config, const std::optional<net::TlsIdentity>& given);
  /// True if the server has another one now. Reads the files every ten seconds; without TLS does nothing.
  /// Errors: those of load_tls, net::kBadTlsMaterial; next time it tries again.
  base::Result<bool> look(net::Server& server, Clock::time_point now);

 private:
  const base::Files* files_;
  TlsConfig config_;
  std::optional<base::Hash> given_;
  Clock::time_point next_;
};

}  // namespace apps
