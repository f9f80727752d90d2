#include "net/server/control_server.hpp"

#include <sys/stat.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <exception>
#include <system_error>

#include "net/server/api.hpp"
#include "net/server/listener.hpp"
#include "net/server/unix_path.hpp"

namespace pitwall {
namespace {

using unix_protocol = boost::asio::local::stream_protocol;

/// Bound, then private, then listening: before listen() nobody can connect.
void open_private(unix_protocol::acceptor& a, const std::filesystem::path& socket) {
  const unix_protocol::endpoint where(socket.native());
  a.open(where.protocol());
  a.bind(where);
  if (::chmod(socket.c_str(), S_IRUSR | S_IWUSR) != 0) {
    throw std::system_error(errno, std::generic_category(), "chmod");
  }
  a.listen();
}

}  // namespace

struct control_server::parts {
  unix_path socket;
  http::engine loop;

  parts(unix_path claimed, control& host, const options& opts, log_port* log)
      : socket(std::move(claimed)),
        loop(
            http::make_api(host),
            [&host](std::function<void()> wake) { return host.on_published(std::move(wake)); },
            opts, log) {}
};

control_server::control_server(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

control_server::~control_server() { stop(); }

result<std::unique_ptr<control_server>> control_server::listen_unix(std::filesystem::path socket,
                                                                    control& host, options opts,
                                                                    log_port* log) {
  const std::string where = socket.string();
  PITWALL_TRY(claimed, unix_path::claim(std::move(socket)));
  try {
    auto p = std::make_unique<parts>(std::move(claimed), host, opts, log);
    unix_protocol::acceptor a(p->loop.io());
    open_private(a, p->socket.path());
    p->loop.add(std::make_unique<http::listener<unix_protocol>>(p->loop, std::move(a)));
    p->loop.run();
    return std::unique_ptr<control_server>(new control_server(std::move(p)));
  } catch (const std::exception& failure) {
    return {errc::io_error, std::string("the control socket cannot be opened: ") + failure.what(),
            where, "check that the data directory is writable and on a local file system"};
  }
}

void control_server::stop() { parts_->loop.stop(); }

}  // namespace pitwall
