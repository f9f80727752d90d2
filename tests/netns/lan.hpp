// Job: a network for one test, of network namespaces (iproute2): one in which the test itself goes
//      on, with all processes that it starts, and one for each machine beside it, with a cable
//      here. What befalls a cable is done to that alone.
// Owns: the namespaces; they and what is in them go at its end. Those of a test that was killed the
//      next one removes. Names: with the process's id, for tests that run side by side.
// Threads: the one that made it, whose namespace it changes; threads started meanwhile stay in it.
// Errors: std::runtime_error with what ip or tc said. Needs root: tests/netns/allowed says whether
//      it can be had.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/netns/slow_cable.hpp"

namespace pitwall::test {

/// Which way frames go.
enum class way { to_machine, from_machine };

class lan {
 public:
  /// Of this end, for all machines.
  static constexpr const char* address = "10.77.0.1";

  lan();
  ~lan();
  lan(const lan&) = delete;
  lan& operator=(const lan&) = delete;

  /// A machine with a cable. `slow`: one that slow() can be done to.
  void plug(const std::string& machine, bool slow = false);
  /// What stands before a program's words for it to run there.
  std::vector<std::string> inside(const std::string& machine) const;

  /// Nothing passes any more, and nobody but the machine's own card is told.
  void cut(const std::string& machine);
  void lose(const std::string& machine, way which);
  void slow(const std::string& machine, std::chrono::milliseconds delay, unsigned loss_percent);
  /// Cut or lossy before: all passes again.
  void mend(const std::string& machine);

  /// Whether the kernel itself makes cables slow; else this process does.
  bool has_netem() const noexcept { return has_netem_; }
  /// Of namespaces that this process has now.
  static std::vector<std::string> names();

 private:
  struct machine {
    std::string space, port;
    std::unique_ptr<slow_cable> cable{};
  };
  std::string add_space(const std::string& name);
  void plug_slow(machine& m, const std::string& card);
  void remove();
  machine& at(const std::string& name) { return machines_.at(name); }

  remote::descriptor home_;
  std::string prefix_, hub_;
  std::vector<std::string> spaces_;
  std::map<std::string, machine> machines_;
  bool has_netem_ = false;
};

}  // namespace pitwall::test
