#include "runtime/host/cli/door_options.hpp"

#include "net/access/token_file.hpp"
#include "runtime/host/cli/host_access.hpp"

namespace pitwall::cli {

control_server::options door_choice::get(const std::filesystem::path& data_directory) const {
  control_server::options doors;
  doors.socket = data_directory / socket_name;
  doors.access = {data_directory / access::token_file_name, origins};
  doors.live.clock = std::make_shared<system_wall_clock>();
  if (!port) return doors;
  doors.tcp = control_server::tcp_place{address, *port, {}, insecure_plain};
  if (!certificate.empty()) doors.tcp->tls = http::tls_files{certificate, key};
  return doors;
}

std::string door_choice::url(std::uint16_t opened) const {
  const std::string host = address.find(':') == std::string::npos ? address : "[" + address + "]";
  return (certificate.empty() ? "http://" : "https://") + host + ":" + std::to_string(opened);
}

void add_doors(CLI::App& command, door_choice& target) {
  auto* port = command.add_option(
      "--port", target.port,
      "Serve the HTTP API, the WebSocket /ws and the test client /client on this TCP port too; "
      "0: a free one, printed at the start (docs/websocket.md, docs/client.md)");
  command
      .add_option(
          "--listen", target.address,
          "Address of the port; one beyond loopback needs tokens (`pitwall token`), and TLS "
          "(docs/security.md)")
      ->needs(port)
      ->capture_default_str();
  auto* certificate = command
                          .add_option("--tls-cert", target.certificate,
                                      "Speak TLS on the port: the certificate and its chain, PEM")
                          ->needs(port);
  auto* key =
      command.add_option("--tls-key", target.key, "The certificate's key, PEM")->needs(certificate);
  certificate->needs(key);
  command
      .add_option(
          "--allow-origin", target.origins,
          "https://HOST[:PORT], repeatable: pages of this site may connect too, with a token")
      ->needs(port)
      ->allow_extra_args(false);
  command
      .add_flag("--insecure-plain", target.insecure_plain,
                "Listen beyond loopback without TLS: whoever sees the traffic has the tokens; only "
                "where a proxy on the same machine or network ends TLS")
      ->needs(port);
}

}  // namespace pitwall::cli
