// Job: one event's content <-> bytes. What many events share (node identities, lists of port names)
//      is kept in the tables of their record and named here by number.
// Format: fields in the order of the struct in runtime/workflow/event.hpp; the stored tag is the
//      place of the alternative in event_body. Append only: a field never changes its meaning.
// Threads: plain functions. Tests: tests/storage/record_codec_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/workflow/event.hpp"
#include "storage/codec/bytes.hpp"
#include "storage/codec/ref_table.hpp"

namespace pitwall::storage {

using stored_names = std::vector<std::string>;

/// Of a record that is being written.
struct event_tables {
  ref_table<node_identity> nodes;
  ref_table<stored_names> names;
};
/// Of a record that is being read; by number - 1.
struct event_refs {
  std::vector<node_ref> nodes;
  std::vector<port_names> names;
};

inline constexpr std::size_t event_tags = std::variant_size_v<event_body>;

void encode_event(const event& e, event_tables& tables, std::string& out);
/// The reader fails where the bytes are not an event with this tag. Precondition: tag < event_tags.
event decode_event(std::uint8_t tag, timestamp at, const event_refs& refs, byte_reader& in);

}  // namespace pitwall::storage
