#include "storage/rocks/anchor.hpp"

#include "storage/codec/seal.hpp"

namespace pitwall::storage {

std::string encode_anchor(const chain_anchor& anchor) {
  std::string out = sealed_room();
  put_varint(anchor.first_seq, out);
  out.append(view(anchor.previous));
  for (const std::uint64_t n : {anchor.passed_commits, anchor.passed_bytes,
                                anchor.removed_executions, anchor.islands, anchor.island_bytes}) {
    put_varint(n, out);
  }
  seal(out);
  return out;
}

result<chain_anchor> decode_anchor(std::string_view bytes) {
  constexpr std::string_view what = "the anchor of the journal's first kept record";
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  chain_anchor anchor;
  anchor.first_seq = in.varint();
  anchor.previous = read_hash(in);
  for (auto* n : {&anchor.passed_commits, &anchor.passed_bytes, &anchor.removed_executions,
                  &anchor.islands, &anchor.island_bytes}) {
    *n = in.varint();
  }
  if (!in.ok() || !in.at_end() || anchor.first_seq == 0) {
    return damaged(what, "its content does not make sense");
  }
  return anchor;
}

result<chain_anchor> read_anchor(const database& db) {
  const auto bytes = db.get(family::meta, anchor_key);
  if (bytes.ok()) return decode_anchor(*bytes);
  if (bytes.error().code == errc::not_found) return chain_anchor{};
  return bytes.error();
}

std::string island_key(std::uint64_t seq) {
  std::string key(island_prefix);
  put_big64(seq, key);
  return key;
}

std::uint64_t island_seq(std::string_view key) noexcept {
  return byte_reader(key.substr(island_prefix.size())).big64();
}

std::string encode_island(const island& i) {
  std::string out = sealed_room();
  out.append(view(i.hash));
  put_varint(i.bytes, out);
  for (const auto& key : i.needed_by) put_text(key, out);
  seal(out);
  return out;
}

result<island> decode_island(std::string_view bytes, std::uint64_t seq) {
  const std::string what = "the note of the kept record at seq " + std::to_string(seq);
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  island i;
  i.hash = read_hash(in);
  i.bytes = in.varint();
  while (in.ok() && !in.at_end()) i.needed_by.emplace_back(in.text());
  if (!in.ok()) return damaged(what, "its content does not make sense");
  return i;
}

}  // namespace pitwall::storage
