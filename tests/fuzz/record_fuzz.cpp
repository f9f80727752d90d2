// Journal records, as a damaged disk may give them: refused, or read the same way every time.
#include "storage/codec/record_codec.hpp"

#include "storage/codec/seal.hpp"
#include "tests/fuzz/target.hpp"

namespace pitwall::fuzz {
namespace {

void read(std::string_view record) {
  const auto reader = storage::record_reader::open(record, 0);
  if (!reader.ok()) return must(!reader.error().message.empty(), "an error says what");
  must(reader->count() <= record.size(), "a record has no more events than bytes");
  std::vector<recorded_event> events;
  const auto all = reader->select({}, events);
  const auto batches = reader->batches();
  must(all.ok() == batches.ok(), "two ways of reading agree on damage");
  if (!batches.ok()) return;
  must(events.size() == reader->count(), "as many events as the record says");
  std::string again;
  storage::record_encoder().encode(reader->first_seq(), reader->previous(), *batches, again);
  const auto second = storage::record_reader::open(again, reader->first_seq());
  must(second.ok() && second->count() == reader->count(), "what was read can be written and read");
  std::string third;
  const auto twice = second->batches();
  must(twice.ok(), "and be read whole");
  storage::record_encoder().encode(second->first_seq(), second->previous(), *twice, third);
  must(third == again, "and is the same from then on");
}

}  // namespace

void try_one(std::string_view bytes) {
  read(bytes);
  // A seal keeps nearly all out: what is behind it is tried too.
  std::string sealed = storage::sealed_room();
  sealed.append(bytes);
  storage::seal(sealed);
  read(sealed);
}

}  // namespace pitwall::fuzz
