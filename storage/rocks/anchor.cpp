#include "storage/rocks/anchor.hpp"

#include "storage/codec/seal.hpp"

namespace pitwall::storage {

std::string encode_anchor(const chain_anchor& anchor) {
  std::string out = sealed_room();
  put_varint(anchor.first_seq, out);
  out.append(view(anchor.previous));
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

}  // namespace pitwall::storage
