#include "storage/rocks/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "storage/rocks/recovery.hpp"
#include "storage/verify.hpp"

namespace pitwall::storage {

namespace fs = std::filesystem;

namespace {

error cannot(const std::string& what, const fs::path& where, const std::error_code& why) {
  return {errc::io_error, "cannot " + what + ": " + why.message(), where.string(),
          "check the disk and the permissions there"};
}

std::error_code last_error() { return {errno, std::system_category()}; }

/// Makes way for RocksDB, which makes the directory itself.
status prepare_target(const fs::path& directory) {
  if (directory.empty()) {
    return {errc::invalid_argument, "the backup has no directory", {}, "name one"};
  }
  std::error_code failed;
  const auto there = fs::status(directory, failed).type();
  if (there == fs::file_type::not_found) {
    fs::create_directories(fs::absolute(directory).parent_path(), failed);
    if (failed) return cannot("make the directory above the backup", directory, failed);
    return done{};
  }
  if (failed) return cannot("look at the backup's directory", directory, failed);
  if (there != fs::file_type::directory || !fs::is_empty(directory, failed)) {
    return {errc::already_exists, "the backup's directory is there already, and is not empty",
            directory.string(), "name a new one"};
  }
  if (!fs::remove(directory, failed)) return cannot("replace the directory", directory, failed);
  return done{};
}

status sync_path(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const auto why = last_error();
  if (fd >= 0) ::close(fd);
  return synced ? status(done{}) : cannot("sync the backup", path, why);
}

/// Last: a backup without its head was cut short.
status write_head(const fs::path& directory, const journal_head& head) {
  const fs::path path = directory / backup_head_name;
  const std::string text = to_string(head) + "\n";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return cannot("write the backup's head", path, last_error());
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const auto why = last_error();
  ::close(fd);
  if (!written) return cannot("write the backup's head", path, why);
  PITWALL_CHECK(sync_path(path));
  return sync_path(directory);
}

/// Opens the copy as a start would: what does not open is no backup.
result<journal_head> head_of(const fs::path& directory, std::shared_ptr<rocksdb::Env> env) {
  storage_options options;
  options.directory = directory;
  options.read_only = true;
  options.create = false;
  PITWALL_TRY(db, database::open(options, std::move(env)));
  PITWALL_TRY(index, recover(*db));
  const journal_counts counts = index->counts();
  return journal_head{counts.head, to_hex(counts.head_hash)};
}

result<journal_head> fill(const database& db, const fs::path& directory) {
  PITWALL_CHECK(db.copy_to(directory));
  std::error_code failed;
  fs::permissions(directory, fs::perms::owner_all, failed);
  if (failed) return cannot("keep the backup from others", directory, failed);
  PITWALL_TRY(head, head_of(directory, db.env()));
  PITWALL_CHECK(write_head(directory, head));
  return head;
}

}  // namespace

result<journal_head> make_backup(const database& db, const fs::path& directory) {
  PITWALL_CHECK(prepare_target(directory));
  auto head = fill(db, directory);
  if (!head.ok()) {
    std::error_code ignored;
    fs::remove_all(directory, ignored);
  }
  return head;
}

}  // namespace pitwall::storage
