#include "apps/server_settings.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/bytes.h"
#include "crypto/hash.h"

namespace apps {

using base::Result;

namespace {

constexpr std::size_t kPemBytesMax = 1 << 20;

std::chrono::milliseconds in_milliseconds(base::Seconds duration) {
  return std::chrono::seconds(duration.value());
}

std::optional<base::Hash> hash_of(const std::optional<net::TlsIdentity>& identity) {
  if (!identity) return std::nullopt;
  const base::Hash chain = crypto::sha256(base::as_bytes(identity->certificate_chain));
  return crypto::sha256({chain.view(), identity->private_key.view()});
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

Result<std::optional<net::TlsIdentity>> load_tls(const base::Files& files, const TlsConfig& config) {
  if (config.certificate.empty()) return std::nullopt;
  net::TlsIdentity identity;
  ASSIGN_OR_RETURN(const base::Bytes chain, files.read(config.certificate, kPemBytesMax));
  identity.certificate_chain = base::as_text(chain);
  ASSIGN_OR_RETURN(identity.private_key, files.read_secret(config.key, kPemBytesMax));
  return identity;
}

CertificateWatch::CertificateWatch(const base::Files& files, TlsConfig config,
                                   const std::optional<net::TlsIdentity>& given)
    : files_(&files), config_(std::move(config)), given_(hash_of(given)) {}

Result<bool> CertificateWatch::look(net::Server& server, Clock::time_point now) {
  if (!given_ || now < next_) return false;
  next_ = now + kEvery;
  ASSIGN_OR_RETURN(std::optional<net::TlsIdentity> found, load_tls(*files_, config_));
  const std::optional<base::Hash> hash = hash_of(found);
  if (hash == given_) return false;
  TRY(server.replace_certificate(*std::move(found)));
  given_ = hash;
  return true;
}

}  // namespace apps
