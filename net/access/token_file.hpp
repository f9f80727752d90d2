// Job: the file that holds a host's tokens: read, changed, and looked at again once it has changed,
//      so that a running host takes up what `pitwall token` does, without a restart.
// Form: JSON, {"version": 1, "tokens": [{name, scopes, sha256, created_at, expires_at}]}.
// Errors: not_found (there is no file), data_loss (no file of ours), failed_precondition (others
//      than its owner may write it, its owner is not to be believed, or it is no file), io_error.
// Bounds: max_file_bytes.
// Durable: a change is written beside, synced, renamed, and the directory synced: after a crash at
//      any point the old file or the new one is there. Writers take turns by a lock on the
//      directory, which ends with the process.
// Threads: one owner of a token_watch; the functions from any.
// Tests: tests/net/token_file_test.cpp
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "net/access/token_set.hpp"

namespace pitwall::access {

inline constexpr const char* token_file_name = "tokens.json";
inline constexpr std::size_t max_file_bytes = 256U << 10U;

result<token_set> read_tokens(const std::filesystem::path& file);
/// Reads (no file: no tokens), has `change` change them, and replaces the file, readable for its
/// owner alone; an error of `change` leaves it as it is.
status change_tokens(const std::filesystem::path& file,
                     const std::function<status(token_set&)>& change);

/// The file as it is now.
class token_watch {
 public:
  explicit token_watch(std::filesystem::path file) : file_(std::move(file)) {}
  ~token_watch();
  token_watch(const token_watch&) = delete;
  token_watch& operator=(const token_watch&) = delete;

  /// Reads it again where it is another than before; a stat() where it is not.
  void refresh();
  /// There is a file, or there was one: from then on nobody comes in without a token, and be it
  /// that the file is gone.
  bool required() const noexcept { return required_; }
  /// Empty where it cannot be read: then all are refused.
  const token_set& tokens() const noexcept { return tokens_; }
  /// Why it cannot be read.
  const std::optional<error>& failure() const noexcept { return failure_; }

 private:
  struct identity {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = 0, changed_s = 0, changed_ns = 0;
    friend bool operator==(const identity&, const identity&) = default;
  };
  static identity identity_of(const std::filesystem::path& file);

  const std::filesystem::path file_;
  // Held open: as long as it is, no other file gets its inode, and one that took its place is told
  // from it.
  int fd_ = -1;
  std::optional<identity> seen_;
  token_set tokens_;
  std::optional<error> failure_;
  bool required_ = false;
};

}  // namespace pitwall::access
