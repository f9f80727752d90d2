#include "net/server/tcp_door.hpp"

namespace pitwall::http {

result<boost::asio::ip::tcp::acceptor> open_tcp(boost::asio::io_context& io,
                                                const std::string& address, std::uint16_t port) {
  using tcp = boost::asio::ip::tcp;
  boost::system::error_code ec;
  const auto ip = boost::asio::ip::make_address(address, ec);
  if (ec) {
    return {errc::invalid_argument, "this is no address to listen on", address,
            "write a numeric one, such as 127.0.0.1"};
  }
  const tcp::endpoint where(ip, port);
  tcp::acceptor out(io);
  out.open(where.protocol(), ec);
  if (!ec) out.set_option(boost::asio::socket_base::reuse_address(true), ec);
  if (!ec) out.bind(where, ec);
  if (!ec) out.listen(boost::asio::socket_base::max_listen_connections, ec);
  if (ec) {
    return {errc::unavailable, "the port cannot be opened: " + ec.message(),
            address + ":" + std::to_string(port), "choose another, or 0 for a free one"};
  }
  return out;
}

}  // namespace pitwall::http
