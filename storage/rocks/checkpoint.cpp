#include "storage/rocks/checkpoint.hpp"

#include <algorithm>
#include <iterator>

#include "storage/codec/bytes.hpp"
#include "storage/codec/seal.hpp"

namespace pitwall::storage {

std::string encode_checkpoint(const journal_counts& counts) {
  std::string out = sealed_room();
  put_varint(counts.head, out);
  out.append(view(counts.head_hash));
  put_varint(counts.commits, out);
  put_varint(counts.executions, out);
  put_varint(counts.bytes, out);
  seal(out);
  return out;
}

result<journal_counts> decode_checkpoint(std::string_view bytes) {
  constexpr std::string_view what = "the journal's checkpoint";
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  journal_counts counts;
  counts.head = in.varint();
  counts.head_hash = read_hash(in);
  counts.commits = in.varint();
  counts.executions = in.varint();
  if (!in.at_end()) counts.bytes = in.varint();  // Earlier ones did not count them.
  if (!in.ok() || !in.at_end()) return damaged(what, "its content does not make sense");
  return counts;
}

void checkpoint_pace::before_commit(const live_index& index, std::size_t bytes) {
  if (!under_way_ && (commits_ >= checkpoint_commits || bytes_ >= checkpoint_bytes)) begin(index);
  ++commits_;
  bytes_ += bytes;
}

void checkpoint_pace::begin(const live_index& index) {
  counts_ = index.counts();
  pending_ = index.unstored();
  under_way_ = true;
  commits_ = bytes_ = 0;
}

std::vector<std::string> checkpoint_pace::next(std::size_t most) {
  const auto n = static_cast<std::ptrdiff_t>(std::min(most, pending_.size()));
  std::vector<std::string> keys(std::make_move_iterator(pending_.end() - n),
                                std::make_move_iterator(pending_.end()));
  pending_.resize(pending_.size() - keys.size());
  return keys;
}

}  // namespace pitwall::storage
