#include "storage/rocks/trip_rows.hpp"

#include "storage/codec/bytes.hpp"
#include "storage/codec/seal.hpp"
#include "storage/execution_entry.hpp"
#include "storage/rocks/latest.hpp"

namespace pitwall::storage {

namespace {

constexpr std::size_t seq_bytes = 8;

}  // namespace

std::string trip_key(std::uint64_t seq) {
  std::string key(trip_prefix);
  put_big64(seq, key);
  return key;
}

std::uint64_t trip_seq(std::string_view key) {
  key.remove_prefix(trip_prefix.size());
  if (key.size() != seq_bytes) return 0;
  return byte_reader(key).big64();
}

std::string encode_trip(const trip_mark& mark) {
  std::string out = sealed_room();
  out.push_back(mark.acknowledged_at ? '\1' : '\0');
  if (mark.acknowledged_at) {
    put_signed(micros_of(*mark.acknowledged_at), out);
    put_text(mark.acknowledged_as, out);
    put_signed(micros_of(mark.closed_at), out);
  }
  put_varint(mark.left_out, out);
  put_varint(mark.unsettled.size(), out);
  for (const auto& id : mark.unsettled) put_text(id, out);
  seal(out);
  return out;
}

result<trip_mark> decode_trip(std::string_view bytes, std::uint64_t seq) {
  const std::string what = "the note of the trip at seq " + std::to_string(seq);
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  trip_mark mark;
  mark.seq = seq;
  if (in.byte() != 0) {
    mark.acknowledged_at = at_micros(in.signed_varint());
    mark.acknowledged_as = in.text();
    mark.closed_at = at_micros(in.signed_varint());
  }
  mark.left_out = in.varint();
  mark.unsettled.resize(in.length());
  for (auto& id : mark.unsettled) id = in.text();
  if (!in.ok() || !in.at_end() || seq == 0) return damaged(what, "its content does not make sense");
  return mark;
}

result<std::vector<trip_mark>> list_trips(const database& db, std::uint64_t before,
                                          std::size_t limit) {
  std::vector<trip_mark> marks;
  const auto it = db.iterate(family::latest);
  it->SeekForPrev(trip_key(before - 1));
  for (; marks.size() < limit && it->Valid() && view(it->key()).starts_with(trip_prefix);
       it->Prev()) {
    PITWALL_TRY(mark, decode_trip(view(it->value()), trip_seq(view(it->key()))));
    marks.push_back(std::move(mark));
  }
  PITWALL_CHECK(db.ended_well(*it));
  return marks;
}

result<std::set<std::string>> list_resting(const database& db) {
  std::set<std::string> keys;
  const auto it = db.iterate(family::latest);
  for (it->Seek(slice(resting_prefix)); it->Valid() && it->key().starts_with(slice(resting_prefix));
       it->Next())
    keys.emplace_hint(keys.end(), view(it->key()).substr(resting_prefix.size()));
  PITWALL_CHECK(db.ended_well(*it));
  return keys;
}

}  // namespace pitwall::storage
