#include "storage/epoch.hpp"

#include <fstream>

namespace pitwall {
namespace {

/// "NAME\nend": how the last life ended, or may end.
struct epoch_note {
  std::string name, end;
};
constexpr std::string_view safe = "safe", lossy = "lossy";

std::string encode(const epoch_note& n) { return n.name + "\n" + n.end; }

epoch_note decode(const std::string& text) {
  const auto line = text.find('\n');
  if (line == std::string::npos) return {};
  return {text.substr(0, line), text.substr(line + 1)};
}

/// The epoch that this very directory was left in.
std::string name_in(const std::filesystem::path& directory) {
  std::ifstream in(directory / epoch_file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// Need not be durable: a start that finds an older name, or none, begins a new epoch.
status leave_name(const std::filesystem::path& directory, const std::string& name) {
  std::ofstream out(directory / epoch_file);
  out << name << std::flush;
  if (out) return done{};
  return error{errc::io_error, "the epoch cannot be noted", (directory / epoch_file).string(),
               "check that the data directory is writable"};
}

}  // namespace

result<std::string> begin_epoch(state_store& states, durability how,
                                const std::filesystem::path& directory, const std::string& fresh) {
  epoch_note now;
  const auto before = states.get(epoch_key);
  if (before.ok()) {
    now = decode(*before);
  } else if (before.error().code != errc::not_found) {
    return before.error();
  }
  const bool is_here = how == durability::memory || name_in(directory) == now.name;
  if (now.end != safe || !is_here) now.name = fresh;
  now.end = how == durability::sync ? safe : lossy;
  PITWALL_CHECK(
      states.put(epoch_key, encode(now), how == durability::memory ? how : durability::sync));
  if (how != durability::memory) PITWALL_CHECK(leave_name(directory, now.name));
  return now.name;
}

status end_epoch(state_store& states) {
  PITWALL_TRY(text, states.get(epoch_key));
  epoch_note now = decode(text);
  now.end = safe;
  return states.put(epoch_key, encode(now), durability::sync);
}

}  // namespace pitwall
