#include "storage/epoch.hpp"

#include <fstream>

#include "storage/verify.hpp"

namespace pitwall {
namespace {

/// "NAME\nend\nHEAD": how the last life ended, or may end; HEAD: of the backup that the directory
/// once was, empty where it was none.
struct epoch_note {
  std::string name, end, backup;
};
constexpr std::string_view safe = "safe", lossy = "lossy";

std::string encode(const epoch_note& n) { return n.name + "\n" + n.end + "\n" + n.backup; }

epoch_note decode(const std::string& text) {
  epoch_note n;
  const auto first = text.find('\n');
  const auto second = first == std::string::npos ? first : text.find('\n', first + 1);
  if (second == std::string::npos) return n;
  n.name = text.substr(0, first);
  n.end = text.substr(first + 1, second - first - 1);
  n.backup = text.substr(second + 1);
  return n;
}

/// Which backup this directory is, if it is one: the note beside its files.
std::string backup_in(const std::filesystem::path& directory) {
  if (directory.empty()) return {};
  std::ifstream in(directory / backup_head_name);
  std::string line;
  std::getline(in, line);
  return line;
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
  const std::string backup = backup_in(directory);
  if (now.end != safe || now.backup != backup) now.name = fresh;
  now.backup = backup;
  now.end = how == durability::sync ? safe : lossy;
  PITWALL_CHECK(
      states.put(epoch_key, encode(now), how == durability::memory ? how : durability::sync));
  return now.name;
}

status end_epoch(state_store& states) {
  PITWALL_TRY(text, states.get(epoch_key));
  epoch_note now = decode(text);
  now.end = safe;
  return states.put(epoch_key, encode(now), durability::sync);
}

}  // namespace pitwall
