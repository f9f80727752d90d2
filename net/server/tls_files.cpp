#include "net/server/tls_files.hpp"

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace pitwall::http {

using tls_context = boost::asio::ssl::context;

namespace {

error unusable(errc code, const std::string& what, const tls_files& files) {
  return {code, "TLS cannot be spoken: " + what,
          files.certificate.string() + ", " + files.key.string(),
          "give a certificate chain and its key, both as PEM files, the key without a passphrase"};
}

}  // namespace

result<std::shared_ptr<tls_context>> open_tls(const tls_files& files) {
  for (const auto& file : {files.certificate, files.key}) {
    std::ifstream in(file);
    if (in.peek() != std::ifstream::traits_type::eof()) continue;
    const std::string why = in.is_open() ? "is empty" : std::strerror(errno);
    return unusable(errc::io_error, "'" + file.string() + "' cannot be read: " + why, files);
  }
  auto context = std::make_shared<tls_context>(tls_context::tls_server);
  boost::system::error_code ec;
  context->set_password_callback([](std::size_t, auto) { return std::string(); }, ec);
  if (SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) != 1)
    return unusable(errc::internal, "this OpenSSL does not know TLS 1.2", files);
  context->use_certificate_chain_file(files.certificate.string(), ec);
  if (ec)
    return unusable(errc::invalid_argument,
                    "'" + files.certificate.string() + "' holds no certificate: " + ec.message(),
                    files);
  context->use_private_key_file(files.key.string(), tls_context::pem, ec);
  if (ec)
    return unusable(
        errc::invalid_argument,
        "'" + files.key.string() + "' holds no key of this certificate: " + ec.message(), files);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1)
    return unusable(errc::invalid_argument, "the key is not the certificate's", files);
  return context;
}

}  // namespace pitwall::http
