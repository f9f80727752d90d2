#include "runtime/host/cli/start_inspect.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/host/cli/config_inspect.hpp"
#include "storage/look.hpp"

namespace pitwall::cli {
namespace {

namespace fs = std::filesystem;

/// Whether a directory is there and can be written to, or can be made.
status check_directory(const fs::path& directory, const std::string& what) {
  std::error_code ec;
  for (auto at = fs::absolute(directory).lexically_normal();; at = at.parent_path()) {
    const auto kind = fs::status(at, ec).type();
    if (kind == fs::file_type::not_found && at.has_relative_path()) continue;
    const auto bad = [&](const std::string& why) {
      return error{errc::io_error, what + ": " + why, at.string(),
                   "choose another, or change its owner or mode"};
    };
    if (kind != fs::file_type::directory && kind != fs::file_type::unknown &&
        kind != fs::file_type::none)
      return bad("this is no directory");
    if (::access(at.c_str(), W_OK | X_OK) != 0) return bad(std::strerror(errno));
    return done{};
  }
}

status check_log_file(const fs::path& file) {
  std::error_code ec;
  const auto kind = fs::status(file, ec).type();
  if (kind == fs::file_type::not_found)
    return check_directory(fs::absolute(file).parent_path(), "the log cannot be written");
  const auto bad = [&](const std::string& why) {
    return error{errc::io_error, "the log cannot be written: " + why, file.string(),
                 "check log.file and its permissions"};
  };
  if (kind == fs::file_type::directory) return bad("this is a directory");
  if (::access(file.c_str(), W_OK) != 0) return bad(std::strerror(errno));
  return done{};
}

}  // namespace

std::vector<error> inspect_start(const config::configuration& c, const config::settings& from) {
  std::vector<error> all;
  const auto look = [&](const status& s, const std::string& pointer) {
    if (s.ok() || from.unread.contains(pointer)) return;
    auto e = s.error();
    if (const auto place = from.where(pointer); place != "default")
      e.where = e.where.empty() ? place : place + ": " + e.where;
    all.push_back(std::move(e));
  };
  look(check_directory(c.directory, "the data directory cannot be written"), "/journal/directory");
  look(check_unlocked(c.directory), "/journal/directory");
  if (!c.log.file.empty()) look(check_log_file(c.log.file), "/log/file");
  for (const auto& e : control_server::obstacles(doors_of(c)))
    look(e, e.code == errc::invalid_argument ? "/journal/directory" : "/server/port");
  return all;
}

}  // namespace pitwall::cli
