// What a configuration says of a server's sockets, as net wants it: limits, and the certificate from the files that it
// names. Format: docs/operations/configuration.md
#pragma once

#include <optional>

#include "apps/config.h"
#include "base/files.h"
#include "base/result.h"
#include "net/server.h"

namespace apps {

net::ServerLimits server_limits(const LimitsConfig& config);

/// Nothing if none is named: plain HTTP.
/// Errors: those of Files (base::kFileExposed if others may read the key). Whether they fit together
/// net::Server::start says.
base::Result<std::optional<net::TlsIdentity>> load_tls(const base::Files& files, const TlsConfig& config);

}  // namespace apps
