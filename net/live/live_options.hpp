// Job: what /ws rests on, and its bounds, each with its reason.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "net/server/web_socket_bounds.hpp"

namespace pitwall::live {

inline constexpr std::size_t max_frame_bytes = 256U << 10U;
// Of one that nobody has answered for yet: an `authenticate` fits many times.
inline constexpr std::size_t max_first_frame_bytes = 4U << 10U;

struct recent_bounds {
  // Half a second of a host at full speed: who is further behind has lost touch.
  std::size_t events = 32'768, bytes = 16U << 20U;
  std::size_t inbox_bytes = 16U << 20U;
};

struct session_rules {
  std::string host{};            ///< What this one is called: said first. Empty: not said.
  std::size_t remembered = 100;  ///< Without `after`: so many of the last events.
  // Of one client under way in the host: more than anyone waits for. Emergencies are counted apart.
  std::size_t max_commands = 16;
  // Looking back begins with the newest so many, and each further look is wider, up to the last.
  std::uint64_t first_window = 4'096, widest_window = 65'536;
  // Before that, of those in memory, on the I/O thread: 100 that match are mostly among them.
  std::uint64_t first_walk = 1'024;
};

class relayed_hosts;

struct live_options {
  std::shared_ptr<relayed_hosts> others{};  ///< Null: there are none.
  std::shared_ptr<const wall_clock> clock;
  char connection_prefix = 'c';  ///< Of connection ids: c1, c2, …
  // Far more than a person or a dashboard sends, far less than keeps the I/O thread busy.
  http::web_socket_bounds socket{.messages_a_second = 100,
                                 .max_frame_bytes = max_frame_bytes,
                                 .write_timeout = std::chrono::seconds(30)};
  session_rules session;
  recent_bounds recent;
  // Of a client: what it has not taken yet, besides what its socket holds.
  std::size_t queue_frames = 4'096, queue_bytes = 1U << 20U;
  // Of that, what is taken from memory: two writes. More would make others wait for their turn, and
  // among them may be who wants to halt.
  std::size_t ready_bytes = 64U << 10U;
  milliseconds heartbeat{15'000};
  // For the reason to reach a client that is slow, and still reads.
  milliseconds slow_goodbye{5'000};
  // Where a token is asked for: a client has it at hand, and others only hold a place.
  milliseconds authenticate_within{5'000};
  // So many at once, besides those who have: they take no place of theirs.
  std::size_t max_strangers = 32;
};

}  // namespace pitwall::live
