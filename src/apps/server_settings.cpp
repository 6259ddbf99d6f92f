#include "apps/server_settings.h"

#include <algorithm>
#include <chrono>

#include "base/bytes.h"

namespace apps {

namespace {

constexpr std::size_t kPemBytesMax = 1 << 20;

std::chrono::milliseconds in_milliseconds(base::Seconds duration) {
  return std::chrono::seconds(duration.value());
}

}  // namespace

net::ServerLimits server_limits(const LimitsConfig& config) {
  net::ServerLimits limits;
  limits.connections_max = config.connections;
  limits.connections_per_peer_max = config.connections_per_peer;
  limits.requests_per_second_per_peer = static_cast<double>(config.requests_per_second_per_peer);
  limits.requests_burst_per_peer = std::max(1.0, 2 * limits.requests_per_second_per_peer);
  limits.body_bytes_max = config.body_bytes;
  limits.header_timeout = in_milliseconds(config.header_timeout);
  limits.body_timeout = in_milliseconds(config.body_timeout);
  limits.idle_timeout = in_milliseconds(config.idle_timeout);
  limits.write_timeout = in_milliseconds(config.write_timeout);
  return limits;
}

base::Result<std::optional<net::TlsIdentity>> load_tls(const base::Files& files, const TlsConfig& config) {
  if (config.certificate.empty()) return std::nullopt;
  net::TlsIdentity identity;
  ASSIGN_OR_RETURN(const base::Bytes chain, files.read(config.certificate, kPemBytesMax));
  identity.certificate_chain = base::as_text(chain);
  ASSIGN_OR_RETURN(identity.private_key, files.read_secret(config.key, kPemBytesMax));
  return identity;
}

}  // namespace apps
