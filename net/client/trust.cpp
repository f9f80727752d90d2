#include "net/client/trust.hpp"

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace pitwall {

result<std::shared_ptr<boost::asio::ssl::context>> open_trust(
    const std::filesystem::path& ca_file) {
  using tls_context = boost::asio::ssl::context;
  auto context = std::make_shared<tls_context>(tls_context::tls_client);
  SSL_CTX* native = context->native_handle();
  if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1)
    return error{errc::internal, "this OpenSSL does not know TLS 1.2", {}, {}};
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  boost::system::error_code ec;
  if (ca_file.empty()) {
    context->set_default_verify_paths(ec);
    if (ec) {
      return error{errc::io_error,
                   "the certificates that this system trusts cannot be read: " + ec.message(),
                   {},
                   "install the package ca-certificates, or name a CA file"};
    }
    return context;
  }
  std::ifstream in(ca_file);
  if (in.peek() == std::ifstream::traits_type::eof()) {
    const std::string why = in.is_open() ? "it is empty" : std::strerror(errno);
    return error{errc::io_error, "the CA file cannot be read: " + why, ca_file.string(),
                 "name a PEM file with the certificates to trust"};
  }
  context->load_verify_file(ca_file.string(), ec);
  if (ec) {
    return error{errc::invalid_argument, "the CA file holds no certificate: " + ec.message(),
                 ca_file.string(), "name a PEM file with the certificates to trust"};
  }
  // Whatever is in the file is believed by itself, and need not lead to a root.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(native), X509_V_FLAG_PARTIAL_CHAIN);
  return context;
}

}  // namespace pitwall
