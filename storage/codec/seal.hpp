// Job: the envelope of every stored value that is ours: format version, CRC-32C, content. What the
//      disk, the file system or a foreign program did to it is noticed before it is believed.
// Errors: data_loss: damaged, cut, or of an unknown format.
// Tests: tests/storage/bytes_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall::storage {

/// Of the records and values; a new one is written by a new Pitwall and refused by an older one.
/// 2: records are chained by their hashes. 3: executions name their open orders. 1 and 2 were never
/// released.
inline constexpr std::uint8_t format_version = 3;
/// Bytes before the content.
inline constexpr std::size_t seal_bytes = 5;

/// The Castagnoli CRC (iSCSI, ext4): all burst errors up to 32 bits.
std::uint32_t crc32c(std::string_view bytes) noexcept;

/// `out` holds seal_bytes of room and then the content; fills in the room.
void seal(std::string& out) noexcept;
/// A string with the room for seal() at its front.
std::string sealed_room();
/// The content. `what` names the value in the error: "event record at seq 17".
result<std::string_view> unseal(std::string_view bytes, std::string_view what);

inline constexpr std::string_view damage_remedy =
    "keep a copy of the data directory; 'pitwall journal verify' says how far the damage goes, "
    "'journal export' and 'journal salvage' get out what can be read, a backup restores the rest: "
    "docs/durability.md, When something is broken";
/// "<what> is damaged: <why>", with the remedy all damage has in common.
error damaged(std::string_view what, std::string_view why);

}  // namespace pitwall::storage
