// TLS as we speak it: 1.2 and 1.3, no compression, no renegotiation, HTTP/1.1 only. A private header of the room.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/result.h"
#include "net/server.h"

namespace net {

/// Errors: kBadTlsMaterial (detail: which of the two, and OpenSSL's words).
base::Result<std::shared_ptr<boost::asio::ssl::context>> server_tls(const TlsIdentity& identity);
/// Checks servers against `trusted_certificates`, or the system's if empty.   Errors: kBadTlsMaterial.
base::Result<std::shared_ptr<boost::asio::ssl::context>> client_tls(const std::string& trusted_certificates);

}  // namespace net
