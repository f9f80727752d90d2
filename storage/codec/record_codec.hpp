// Job: one commit <-> one record: many events, with what they share written once.
// Format: sealed [hash of the record before, first seq, events, base time | node identities |
//      lists of port names | scopes | batches]; a batch is [scope, events, base time, bytes |
//      events], an event [tag, time since the one before, bytes | content]. The lengths let a
//      reader pass over what it does not want.
// Threads: an encoder has one owner; a reader is a plain value over bytes that outlive it.
// Errors: data_loss, naming the seq at which the record is damaged.
// Tests: tests/storage/record_codec_test.cpp
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ports/journal.hpp"
#include "storage/codec/chain.hpp"
#include "storage/codec/event_codec.hpp"

namespace pitwall::storage {

/// A larger commit is refused: group commit stays far below (limits::max_commit_bytes), and a
/// record is held in memory as a whole, three times over while it is written.
inline constexpr std::size_t max_record_bytes = 64U << 20U;

class record_encoder {
 public:
  /// Replaces `out` by the record; batches without events leave no trace.
  void encode(std::uint64_t first_seq, const record_hash& previous,
              const std::vector<event_batch>& batches, std::string& out);

 private:
  void append_batch(const event_batch& batch, std::int64_t base);
  void append_tables(std::string& out) const;

  event_tables tables_;
  ref_table<event_scope> scopes_;
  std::string batches_, batch_, content_;  ///< Kept for their capacity.
};

/// Which events of a record are wanted.
struct record_filter {
  std::uint64_t after = 0;
  std::uint64_t up_to = std::numeric_limits<std::uint64_t>::max();
  const event_query* whose = nullptr;                           ///< Null: all scopes.
  std::uint64_t tags = ~std::uint64_t{0};                       ///< Bit per stored tag.
  std::size_t limit = std::numeric_limits<std::size_t>::max();  ///< Size `out` may grow to.
};
static_assert(event_tags <= 64, "record_filter::tags has a bit per tag");

class record_reader {
 public:
  /// `key_seq` is the first seq by the record's key, or 0 where it is not known.
  static result<record_reader> open(std::string_view bytes, std::uint64_t key_seq);

  /// Of the record before, as this one was written after it.
  const record_hash& previous() const noexcept { return previous_; }
  /// Of the batches in it.
  const std::vector<scope_ref>& scopes() const noexcept { return scopes_; }
  std::uint64_t first_seq() const noexcept { return first_seq_; }
  std::uint64_t last_seq() const noexcept { return first_seq_ + count_ - 1; }
  std::uint64_t count() const noexcept { return count_; }
  /// Of its first event.
  timestamp at() const noexcept { return at_micros(base_); }

  /// Appends the wanted events to `out`; gives the seq up to which all was looked at.
  result<std::uint64_t> select(const record_filter& filter, std::vector<recorded_event>& out) const;
  /// The commit as it was.
  result<std::vector<event_batch>> batches() const;

 private:
  explicit record_reader(std::string_view content) noexcept : rest_(content) {}
  bool read_head();
  error damage(std::uint64_t seq) const;

  record_hash previous_{};
  std::uint64_t first_seq_ = 0, count_ = 0;
  std::int64_t base_ = 0;
  event_refs refs_;
  std::vector<scope_ref> scopes_;
  byte_reader rest_;  ///< The batches.
};

/// The scope of batches that name none.
const scope_ref& no_scope();

}  // namespace pitwall::storage
