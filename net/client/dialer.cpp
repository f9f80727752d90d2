#include "net/client/dialer.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <exception>
#include <string_view>
#include <utility>

namespace pitwall {

namespace asio = boost::asio;

namespace {

error unreachable(std::string message, const wire_place& to, std::string remedy) {
  return {errc::unavailable, std::move(message), to.shown(), std::move(remedy)};
}

bool is_address(const std::string& host) {
  boost::system::error_code ec;
  asio::ip::make_address(host, ec);
  return !ec;
}

/// "localhost" and what is under it: this machine by RFC 6761, section 6.3, whatever a resolver
/// says, and where a system has neither a resolver nor /etc/hosts.
bool is_local_name(std::string_view host) {
  constexpr std::string_view local = "localhost";
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < local.size()) return false;
  const auto from = host.size() - local.size();
  return boost::algorithm::iequals(host.substr(from), local) &&
         (from == 0 || host[from - 1] == '.');
}

/// What the certificate must say, and what the server is told that it was asked for.
bool expect(SSL* tls, const std::string& host) {
  X509_VERIFY_PARAM* verify = SSL_get0_param(tls);
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str()) == 1;
  const std::string name = host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0));
  X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(verify, name.c_str(), name.size()) == 1 &&
         SSL_set_tlsext_host_name(tls, name.c_str()) == 1;
}

error of_certificate(long verdict, const wire_place& to) {
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return unreachable("the server's certificate is not for " + to.host, to,
                         "use a name that is in the certificate, or have one issued for this name");
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return unreachable(
          "the server's certificate, or one that it leads to, has expired", to,
          "renew it on the server; if it is good, look at the clock of this machine");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return unreachable("the server's certificate is not valid yet", to,
                         "look at the clock of this machine, and of the one that issued it");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return unreachable("nobody trusted here has issued the server's certificate", to,
                         "if it is the right server, name the CA file that its certificate leads "
                         "to; it may also leave out certificates in between");
    default:
      return unreachable(std::string("the server's certificate is not accepted: ") +
                             X509_verify_cert_error_string(verdict),
                         to, "look at the server's certificate");
  }
}

error of_handshake(const boost::system::error_code& ec, long verdict, const wire_place& to) {
  if (verdict != X509_V_OK) return of_certificate(verdict, to);
  if (ec.category() == asio::error::get_ssl_category()) {
    const int reason = ERR_GET_REASON(static_cast<unsigned long>(ec.value()));
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
        reason == SSL_R_HTTP_REQUEST) {
      return unreachable("what answers does not speak TLS", to,
                         "look at the port; a server in the clear is http://");
    }
    if (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION) {
      return unreachable("the server speaks no TLS from 1.2 on", to, "update the server");
    }
  }
  if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated ||
      ec == asio::error::connection_reset) {
    return unreachable("the server ended the connection within the TLS handshake", to,
                       "look at the port, and at the server's log");
  }
  return unreachable("TLS could not be agreed on: " + ec.message(), to, "look at the server's log");
}

error of_socket(const boost::system::error_code& ec, const std::filesystem::path& path) {
  const std::string directory = path.parent_path().string();
  if (ec == asio::error::access_denied) {
    return {errc::unavailable, "the host on " + directory + " belongs to another user",
            path.string(), "run this as the user that runs the host"};
  }
  return {errc::unavailable, "no host is running on " + directory, path.string(),
          "start one with `pitwall serve`, or name its data directory"};
}

}  // namespace

std::string wire_place::shown() const {
  if (!socket.empty()) return socket.string();
  const bool bare = host.find(':') == std::string::npos;
  return (bare ? host : "[" + host + "]") + ":" + std::to_string(port);
}

dialer::dialer(asio::io_context& io, wire_place to, dialled then)
    : to_(std::move(to)), then_(std::move(then)), io_(io), resolver_(io), tcp_(io), local_(io) {}

std::shared_ptr<dialer> dialer::start(asio::io_context& io, wire_place to, dialled then) {
  std::shared_ptr<dialer> made(new dialer(io, std::move(to), std::move(then)));
  asio::post(io, [made] {
    if (!made->over()) made->dial();
  });
  return made;
}

void dialer::cancel() {
  then_ = nullptr;
  boost::system::error_code ignored;
  resolver_.cancel();
  tcp_.close(ignored);
  local_.close(ignored);
  if (stream_) stream_->next_layer().close(ignored);
}

void dialer::finish(result<http::wire_stream> outcome) {
  if (over()) return;
  const auto then = std::exchange(then_, nullptr);
  cancel();
  then(std::move(outcome));
}

void dialer::dial() {
  if (!to_.socket.empty()) return dial_socket();
  code ec;
  const auto address = asio::ip::make_address(to_.host, ec);
  if (!ec) {
    on_resolved(
        tcp::resolver::results_type::create(tcp::endpoint(address, to_.port), to_.host, {}));
    return;
  }
  if (is_local_name(to_.host)) {
    const std::array<tcp::endpoint, 2> here{
        tcp::endpoint(asio::ip::address_v4::loopback(), to_.port),
        tcp::endpoint(asio::ip::address_v6::loopback(), to_.port)};
    on_resolved(tcp::resolver::results_type::create(here.begin(), here.end(), to_.host, {}));
    return;
  }
  resolver_.async_resolve(to_.host, std::to_string(to_.port),
                          [self = shared_from_this()](code failed, const auto& found) {
                            if (self->over()) return;
                            if (!failed) return self->on_resolved(found);
                            self->finish(unreachable("the name " + self->to_.host +
                                                         " cannot be resolved: " + failed.message(),
                                                     self->to_, "look at its spelling"));
                          });
}

void dialer::dial_socket() {
  local::endpoint there;
  try {
    there = local::endpoint(to_.socket.native());
  } catch (const std::exception& too_long) {
    finish(error{errc::invalid_argument,
                 std::string("this cannot be a socket's path: ") + too_long.what(), to_.shown(),
                 "use a data directory with a shorter path"});
    return;
  }
  local_.async_connect(there, [self = shared_from_this()](code ec) {
    if (self->over()) return;
    if (ec) return self->finish(of_socket(ec, self->to_.socket));
    self->finish(http::wire_stream(http::stream_socket(std::move(self->local_))));
  });
}

void dialer::on_resolved(const tcp::resolver::results_type& found) {
  std::vector<tcp::endpoint> open;
  std::optional<error> refused;
  for (const auto& entry : found) {
    const auto allowed = to_.admits ? to_.admits(entry.endpoint().address()) : status(done{});
    if (allowed.ok()) {
      open.push_back(entry.endpoint());
    } else {
      refused = allowed.error();
    }
  }
  if (open.empty()) {
    finish(refused ? *refused
                   : unreachable("the name " + to_.host + " leads to no address", to_,
                                 "look at its spelling"));
    return;
  }
  connect(open);
}

void dialer::connect(const std::vector<tcp::endpoint>& to) {
  // The list must live as long as the attempts.
  const auto list = std::make_shared<std::vector<tcp::endpoint>>(to);
  asio::async_connect(tcp_, *list, [self = shared_from_this(), list](code ec, const auto&) {
    if (self->over()) return;
    if (!ec) return self->on_connected();
    self->finish(unreachable("cannot connect to " + self->to_.shown() + ": " + ec.message(),
                             self->to_, "look whether it runs, and at the address"));
  });
}

void dialer::on_connected() {
  code ignored;
  tcp_.set_option(tcp::no_delay(true), ignored);
  http::stream_socket plain(std::move(tcp_));
  if (!to_.trust) {
    finish(http::wire_stream(std::move(plain)));
    return;
  }
  stream_.emplace(std::move(plain), to_.trust, http::tls_side::client);
  if (!expect(stream_->tls(), to_.host)) {
    finish(unreachable("no certificate can be for " + to_.host, to_, "look at its spelling"));
    return;
  }
  stream_->async_handshake([self = shared_from_this()](code ec) {
    if (!self->over()) self->on_handshake(ec);
  });
}

void dialer::on_handshake(code ec) {
  if (ec) {
    finish(of_handshake(ec, SSL_get_verify_result(stream_->tls()), to_));
    return;
  }
  auto open = std::move(*stream_);
  stream_.reset();
  finish(std::move(open));
}

}  // namespace pitwall
