// Job: who comes to a server, by which door, and what guards the one that strangers may reach.
// Threads: the engine's I/O thread. Tests: tests/net/gate_test.cpp
#pragma once

#include <string>
#include <variant>

#include "net/access/scopes.hpp"
#include "net/server/wire.hpp"

namespace pitwall::http {

/// The private one is a Unix socket: the file system says who may connect.
enum class door : std::uint8_t { open, for_owner };

struct caller {
  door by = door::open;
  std::string address{};  ///< Numeric, without the port; of the open door.
};

/// Who was let in: the hash of his token, empty where none was asked for.
struct pass {
  std::string token{};
  access::scopes may = access::scopes::all();
};

class door_guard {
 public:
  virtual ~door_guard() = default;
  /// Of a request through the open door, before its body is read: who it is, or what to answer
  /// instead of serving it.
  virtual std::variant<pass, reply> admit(const wire_request& head, const caller& from,
                                          access::scope needed) = 0;
  /// Whether who was let in before still may be.
  virtual bool is_good(const pass& p) = 0;
};

}  // namespace pitwall::http
