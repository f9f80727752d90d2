// Job: how a command reaches what it shows: the running host through its socket, or over the
//      network with a token, or, where none runs, the journal of the data directory, read-only.
//      Either way the answer is the HTTP API's.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/client/host_client.hpp"
#include "runtime/base/value.hpp"
#include "runtime/host/cli/host_choice.hpp"

namespace pitwall::cli {

inline constexpr const char* socket_name = "control.sock";

class host_access {
 public:
  /// Errors: not_found (no such data directory), and those of opening the journal.
  static result<host_access> open(const host_choice& which);
  /// The running host alone; unavailable where there is none.
  static result<host_access> running(const host_choice& which);
  ~host_access();
  host_access(host_access&&) noexcept;
  host_access& operator=(host_access&&) noexcept;

  bool is_live() const noexcept;
  /// The data directory or the URL.
  const std::string& where() const noexcept;
  /// The JSON answer of a request, or the error that the host answered; `problems`, where given,
  /// gets those that came with it.
  result<value> ask(std::string_view method, std::string_view target, std::string_view body = {},
                    milliseconds patience = std::chrono::seconds(30),
                    std::vector<problem>* problems = nullptr) const;
  /// Server-sent events until `take` returns false; a closed journal ends at its end.
  status stream(std::uint64_t after, const std::string& filters,
                const host_client::on_event& take) const;

 private:
  struct inside;
  static result<host_access> reach(const host_choice& settled);
  explicit host_access(std::unique_ptr<inside> i);
  std::unique_ptr<inside> inside_;
};

/// "a=b&c=d", percent-encoded, without empty values.
std::string query_string(std::initializer_list<std::pair<std::string_view, std::string>> fields);

}  // namespace pitwall::cli
