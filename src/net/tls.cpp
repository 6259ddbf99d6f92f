#include "net/tls.h"

#include <string_view>

#include <openssl/ssl.h>

namespace net {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using Context = std::shared_ptr<ssl::context>;

constexpr std::string_view kOurProtocol("\x08http/1.1", 9);

/// RFC 7301: a client that offers protocols gets ours if it is among them; else the handshake goes on without.
int choose_protocol(SSL* /*session*/, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned offered_bytes, void* /*argument*/) {
  unsigned char* found = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(kOurProtocol.data());
  const int outcome = SSL_select_next_proto(
      &found, chosen_bytes, ours, static_cast<unsigned>(kOurProtocol.size()), offered, offered_bytes);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Context make_context(ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  SSL_CTX* const handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_options(handle, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS);  // idle connections hold no 32 KiB of buffers
  return context;
}

}  // namespace

base::Result<Context> server_tls(const TlsIdentity& identity) {
  Context context = make_context(ssl::context::tls_server);
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
  error_code error;
  context->use_certificate_chain(boost::asio::buffer(identity.certificate_chain), error);
  if (error) return base::fail(kBadTlsMaterial, "certificate: " + error.message());
  const base::ByteView key = identity.private_key.view();
  context->use_private_key(boost::asio::buffer(key.data(), key.size()), ssl::context::pem, error);
  if (error) return base::fail(kBadTlsMaterial, "private key: " + error.message());
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return base::fail(kBadTlsMaterial, "the private key is not the certificate's");
  }
  return context;
}

base::Result<Context> client_tls(const std::string& trusted_certificates) {
  Context context = make_context(ssl::context::tls_client);
  error_code error;
  context->set_verify_mode(ssl::verify_peer, error);
  if (!error && trusted_certificates.empty()) context->set_default_verify_paths(error);
  if (!error && !trusted_certificates.empty()) {
    context->add_certificate_authority(boost::asio::buffer(trusted_certificates), error);
  }
  if (error) return base::fail(kBadTlsMaterial, "trusted certificates: " + error.message());
  SSL_CTX_set_alpn_protos(context->native_handle(),
                          reinterpret_cast<const unsigned char*>(kOurProtocol.data()),
                          static_cast<unsigned>(kOurProtocol.size()));
  return context;
}

}  // namespace net
