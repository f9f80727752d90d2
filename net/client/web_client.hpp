// Job: the web port over HTTP/1.1, with TLS or without: a connection for each request.
// Owns: one I/O thread, on which every completion runs, save where send() refuses at once.
// Threads: send(), what it returns, and stop() from any; stop() from outside the completions.
// Security: web_gate.hpp says where it goes; TLS is verified (dialer.hpp). What a redirect points
//      to is not called.
// Bounds: max_at_once; an answer of limits::max_web_body_bytes, a header of 16 KiB.
// Durable: nothing. Tests: tests/net/web_client_test.cpp
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "net/client/web_gate.hpp"
#include "net/wire_stream.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/web.hpp"

namespace pitwall {

struct web_options {
  std::vector<std::string> allow;  ///< Hosts whose addresses need not be public: HOST[:PORT].
  std::filesystem::path ca_file;   ///< Whose certificates to believe; none: the system's.
  std::size_t max_at_once = 256;
};

class web_call;

class web_client final : public web, public std::enable_shared_from_this<web_client> {
 public:
  /// invalid_argument: `allow`; what open_trust() says of a CA file.
  static result<std::shared_ptr<web_client>> open(web_options options,
                                                  std::shared_ptr<const wall_clock> clock);
  ~web_client() override;
  web_client(const web_client&) = delete;
  web_client& operator=(const web_client&) = delete;

  std::function<void()> send(const web_request& request, milliseconds patience,
                             completion then) override;
  /// Ends every call as unavailable, and the thread; later ones end at once. Idempotent.
  void stop();

 private:
  web_client(web_options options, web_gate gate, std::shared_ptr<const wall_clock> clock);
  /// The system's certificates are read with the first call that needs them.
  result<std::shared_ptr<http::tls_context>> trust();
  /// A place among the calls under way, or why there is none.
  std::optional<error> enter(const std::string& origin);
  void leave();
  /// False: stopped.
  bool post(std::function<void()> job);
  void begin(const std::shared_ptr<web_call>& call);

  const web_options options_;
  const web_gate gate_;
  const std::shared_ptr<const wall_clock> clock_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  std::mutex mutex_;
  bool stopped_ = false;       // under mutex_
  std::size_t under_way_ = 0;  // under mutex_
  std::thread thread_;

  // On the I/O thread only.
  std::shared_ptr<http::tls_context> trust_;
  std::set<std::shared_ptr<web_call>> calls_;
};

}  // namespace pitwall
