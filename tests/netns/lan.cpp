#include "tests/netns/lan.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

using words = std::vector<std::string>;

finished try_to(const std::string& line, const words& more = {}) {
  words all{"/usr/bin/env"};
  std::istringstream in(line);
  for (std::string w; in >> w;) all.push_back(w);
  all.insert(all.end(), more.begin(), more.end());
  return run_program(all);
}

void command(const std::string& line) {
  if (const auto f = try_to(line); f.exit_code != 0)
    throw std::runtime_error("`" + line + "` failed: " + f.err);
}

const std::string mark = "pitwall-";

/// All names that tests have given, of whatever process.
words all_names() {
  words out;
  std::error_code none;
  for (std::filesystem::directory_iterator at("/run/netns", none), end; at != end;
       at.increment(none))
    if (const auto name = at->path().filename().string(); name.starts_with(mark))
      out.push_back(name);
  return out;
}

void remove_space(const std::string& name) {
  std::istringstream left(try_to("ip netns pids " + name).out);
  for (pid_t pid = 0; left >> pid;)
    if (pid > 1 && pid != ::getpid()) ::kill(pid, SIGKILL);
  try_to("ip netns del " + name);
}

/// Of tests that were killed.
void remove_old() {
  for (const auto& name : all_names()) {
    const auto pid = std::atoi(name.c_str() + mark.size());
    if (pid > 1 && ::kill(pid, 0) != 0 && errno == ESRCH) remove_space(name);
  }
}

remote::descriptor open_space(const std::string& path) {
  return remote::descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

void enter(const remote::descriptor& space) {
  if (!space || ::setns(space.get(), CLONE_NEWNET) != 0)
    throw std::runtime_error("this network namespace cannot be entered");
}

void enter(const std::string& space) { enter(open_space("/run/netns/" + space)); }

}  // namespace

lan::lan() : home_(open_space("/proc/thread-self/ns/net")) {
  static unsigned n = 0;
  remove_old();
  prefix_ = mark + std::to_string(::getpid()) + "-" + std::to_string(++n) + "-";
  try {
    hub_ = add_space("here");
    // Without a delay a port that was down passes frames as soon as it is up.
    command("ip -n " + hub_ + " link add lan type bridge forward_delay 0");
    command("ip -n " + hub_ + " addr add " + address + "/24 dev lan");
    command("ip -n " + hub_ + " link set lan up");
    has_netem_ = try_to("tc -n " + hub_ + " qdisc add dev lo root netem delay 1ms").exit_code == 0;
    if (has_netem_) command("tc -n " + hub_ + " qdisc del dev lo root");
    enter(hub_);
  } catch (...) {
    remove();
    throw;
  }
}

lan::~lan() { remove(); }

void lan::remove() {
  machines_.clear();
  if (home_) ::setns(home_.get(), CLONE_NEWNET);
  for (const auto& name : spaces_) remove_space(name);
  spaces_.clear();
}

std::string lan::add_space(const std::string& name) {
  const auto space = prefix_ + name;
  command("ip netns add " + space);
  spaces_.push_back(space);
  command("ip -n " + space + " link set lo up");
  return space;
}

void lan::plug(const std::string& name, bool slow) {
  machine m;
  m.space = add_space(name);
  const auto number = std::to_string(machines_.size() + 2);
  m.port = "port" + number;
  if (slow && !has_netem_) {
    plug_slow(m, "eth0");
  } else {
    command("ip -n " + hub_ + " link add " + m.port + " type veth peer name eth0 netns " + m.space);
  }
  command("ip -n " + m.space + " addr add 10.77.0." + number + "/24 dev eth0");
  command("ip -n " + m.space + " link set eth0 up");
  command("ip -n " + hub_ + " link set " + m.port + " master lan");
  command("ip -n " + hub_ + " link set " + m.port + " up");
  machines_.emplace(name, std::move(m));
}

void lan::plug_slow(machine& m, const std::string& card) {
  auto here = open_tap(m.port);
  enter(m.space);
  auto there = open_tap(card);
  enter(hub_);
  if (!here || !there)
    throw std::runtime_error("this system has neither netem nor TAP devices for a slow cable");
  m.cable = std::make_unique<slow_cable>(std::move(here), std::move(there), machines_.size());
}

words lan::inside(const std::string& machine) const {
  return {"/usr/bin/env", "ip", "netns", "exec", machines_.at(machine).space};
}

void lan::cut(const std::string& machine) {
  command("ip -n " + hub_ + " link set " + at(machine).port + " down");
}

void lan::lose(const std::string& machine, way which) {
  const auto& m = at(machine);
  const auto end = which == way::to_machine ? hub_ + " qdisc replace dev " + m.port
                                            : m.space + " qdisc replace dev eth0";
  command("tc -n " + end + " root " + (has_netem_ ? "netem loss 100%" : "blackhole"));
}

void lan::slow(const std::string& machine, std::chrono::milliseconds delay, unsigned loss_percent) {
  const auto& m = at(machine);
  if (m.cable) return m.cable->set(delay, loss_percent);
  const auto how = " root netem delay " + std::to_string(delay.count()) + "ms loss " +
                   std::to_string(loss_percent) + "%";
  command("tc -n " + hub_ + " qdisc replace dev " + m.port + how);
  command("tc -n " + m.space + " qdisc replace dev eth0" + how);
}

void lan::mend(const std::string& machine) {
  const auto& m = at(machine);
  // Where none is set, tc says so.
  try_to("tc -n " + hub_ + " qdisc del dev " + m.port + " root");
  try_to("tc -n " + m.space + " qdisc del dev eth0 root");
  if (m.cable) m.cable->set(std::chrono::milliseconds(0), 0);
  command("ip -n " + hub_ + " link set " + m.port + " up");
}

words lan::names() {
  auto out = all_names();
  std::erase_if(out, [own = mark + std::to_string(::getpid()) + "-"](const auto& name) {
    return !name.starts_with(own);
  });
  return out;
}

}  // namespace pitwall::test
