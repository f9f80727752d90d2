#include "net/workers/mutual_tls.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace pitwall::remote {
namespace {

using tls_context = boost::asio::ssl::context;
using held_certificate = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr const char* have_it_issued =
    "have it issued by the authority of all hosts and workers: `pitwall cert issue`";

bool is_readable(const std::filesystem::path& file, const char* what,
                 std::vector<error>& problems) {
  std::ifstream in(file);
  if (in.peek() != std::ifstream::traits_type::eof()) return true;
  const std::string why = in.is_open() ? "it is empty" : std::strerror(errno);
  problems.push_back({errc::io_error, std::string(what) + " cannot be read: " + why, file.string(),
                      "name a PEM file"});
  return false;
}

held_certificate read_certificate(const std::filesystem::path& file) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> in(BIO_new_file(file.c_str(), "r"),
                                                         &BIO_free_all);
  return {in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr, &X509_free};
}

/// As the other end will see it.
void check_certificate(SSL_CTX* context, side of, const identity_files& files,
                       std::vector<error>& problems) {
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> look(X509_STORE_CTX_new(),
                                                                             &X509_STORE_CTX_free);
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context, &chain);
  if (look == nullptr || X509_STORE_CTX_init(look.get(), SSL_CTX_get_cert_store(context),
                                             SSL_CTX_get0_certificate(context), chain) != 1)
    return problems.push_back({errc::internal, "OpenSSL cannot verify a certificate", {}, {}});
  X509_STORE_CTX_set_purpose(look.get(),
                             of == side::host ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT);
  if (X509_verify_cert(look.get()) == 1) return;
  const auto where = files.certificate.string();
  switch (const int why = X509_STORE_CTX_get_error(look.get())) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return problems.push_back({errc::failed_precondition,
                                 "the certificate, or its authority's, has expired", where,
                                 "have a new one issued; or look at this machine's clock"});
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return problems.push_back({errc::failed_precondition, "the certificate is not valid yet",
                                 where, "look at this machine's clock"});
    case X509_V_ERR_INVALID_PURPOSE:
      return problems.push_back(
          {errc::invalid_argument,
           of == side::host ? "the certificate is not for a host" : "the certificate is for hosts",
           where, "have one issued: `pitwall cert issue NAME --host NAME_OR_ADDRESS`"});
    default:
      problems.push_back({errc::invalid_argument,
                          std::string("the certificate does not lead to the authority in '") +
                              files.authority.string() + "': " + X509_verify_cert_error_string(why),
                          where, have_it_issued});
  }
}

void set_up(SSL_CTX* native) {
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(native, 0);
}

}  // namespace

std::shared_ptr<tls_context> open_mutual_tls(const identity_files& files, side of,
                                             std::vector<error>& problems) {
  const auto before = problems.size();
  const bool certificate = is_readable(files.certificate, "the certificate", problems);
  const bool key = is_readable(files.key, "the certificate's key", problems);
  const bool authority = is_readable(files.authority, "the authority's certificate", problems);
  const auto kind = of == side::host ? tls_context::tls_server : tls_context::tls_client;
  auto context = std::make_shared<tls_context>(kind);
  SSL_CTX* native = context->native_handle();
  boost::system::error_code ec;
  context->set_password_callback([](std::size_t, auto) { return std::string(); }, ec);
  if (SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION) != 1)
    problems.push_back({errc::internal, "this OpenSSL does not know TLS 1.3", {}, {}});
  set_up(native);
  bool verifiable = certificate && authority;
  if (authority && context->load_verify_file(files.authority.string(), ec)) {
    verifiable = false;
    problems.push_back({errc::invalid_argument, "this holds no certificate: " + ec.message(),
                        files.authority.string(), "name the authority.crt of `pitwall cert init`"});
  }
  if (certificate && context->use_certificate_chain_file(files.certificate.string(), ec)) {
    verifiable = false;
    problems.push_back({errc::invalid_argument, "this holds no certificate: " + ec.message(),
                        files.certificate.string(), have_it_issued});
  }
  if (key && context->use_private_key_file(files.key.string(), tls_context::pem, ec)) {
    problems.push_back({errc::invalid_argument,
                        "this holds no key without a passphrase, or that "
                        "of another certificate: " +
                            ec.message(),
                        files.key.string(), "name the key that was issued with the certificate"});
  } else if (key && certificate && SSL_CTX_check_private_key(native) != 1) {
    problems.push_back({errc::invalid_argument, "the key is not the certificate's",
                        files.key.string(), "name the key that was issued with the certificate"});
  }
  if (verifiable) check_certificate(native, of, files, problems);
  return problems.size() == before ? context : nullptr;
}

std::string name_in(const std::filesystem::path& certificate) {
  const auto read = read_certificate(certificate);
  if (read == nullptr) return {};
  std::array<char, 256> name{};
  const int n = X509_NAME_get_text_by_NID(X509_get_subject_name(read.get()), NID_commonName,
                                          name.data(), static_cast<int>(name.size()));
  return n > 0 ? std::string(name.data(), static_cast<std::size_t>(n)) : std::string();
}

}  // namespace pitwall::remote
