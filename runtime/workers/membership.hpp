// Job: which workers a host has, and which of their epochs is live. A worker that joins gets an
//      epoch; heartbeats keep it; it is suspect when one is late (it keeps what it runs, and gets
//      nothing more), and lost when its lease has ended or its connection broke. One that comes
//      back joins under a new epoch.
// Epochs: count up, from a first one that no earlier life of the host has reached: none ever comes
//      back. At most one epoch of a name is live.
// Names: of two processes with one name the one that is here stays, until it is suspect or gone.
// Time: given, on the boot clock; how often look() is called decides when a change is told, not
//      whether an epoch is live. Threads: one owner.
// Bounds: max_workers; those that are gone make room, the longest gone first.
// Tests: tests/workers/membership_test.cpp, membership_property_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/workers/lease.hpp"

namespace pitwall {

enum class worker_state : std::uint8_t { joined, suspect, lost, left };
std::string_view to_string(worker_state s) noexcept;

struct membership_settings {
  boot_time beat_every = std::chrono::seconds(1);
  boot_time suspect_after = std::chrono::milliseconds(2'500);
  boot_time lease = std::chrono::seconds(5);
  std::size_t max_workers = 1'000;
  std::uint64_t first_epoch = 1;
};

/// What a worker says of itself.
struct worker_facts {
  std::string name, version;
  std::uint64_t incarnation = 0;  ///< Random, one for each process.
  std::vector<std::string> labels;
  std::uint32_t cores = 1;
};

struct worker_change {
  std::string name;
  std::uint64_t epoch = 0;
  worker_state to = worker_state::joined;
};

class membership {
 public:
  struct member {
    worker_facts facts;
    worker_state state = worker_state::joined;
    std::uint64_t epoch = 0;
    lease_granter lease;
    boot_time heard{};
    double load = 0;
  };
  struct taken {
    std::uint64_t epoch = 0;
    std::optional<worker_change> ended{};  ///< The epoch that the name had, where it was live.
  };

  explicit membership(const membership_settings& settings);

  /// Errors: invalid_argument (its name); failed_precondition (another one of this name is here);
  /// resource_exhausted.
  result<taken> join(worker_facts who, boot_time now);
  /// False: this epoch is not live, and does not become so.
  bool heartbeat(std::uint64_t epoch, double load, boot_time now);
  /// It went, by a word of its own or because its connection broke. Nothing: it was not live.
  std::optional<worker_change> gone(std::uint64_t epoch, worker_state how, boot_time now);
  /// Who is late or lost, or in time again, since the last call.
  std::vector<worker_change> look(boot_time now);

  bool live(std::uint64_t epoch, boot_time now);
  /// By name.
  const std::map<std::string, member>& all() const noexcept { return members_; }

 private:
  member* find(std::uint64_t epoch);
  static bool is_live(const member& m) noexcept {
    return m.state == worker_state::joined || m.state == worker_state::suspect;
  }
  void make_room();

  membership_settings settings_;
  std::uint64_t next_epoch_;
  std::map<std::string, member> members_;
};

}  // namespace pitwall
