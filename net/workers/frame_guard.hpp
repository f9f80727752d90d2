// Job: reads along what a peer sends to CAF, and says when it is nothing that CAF should see: CAF
//      0.17.6 makes room for as many bytes as a header announces, up to 4 GiB, on the one thread
//      that serves all connections.
// Form: the Binary Actor System Protocol of CAF 0.17: a header of 32 bytes (operation, flags,
// length
//      of the payload, big-endian), then the payload; a handshake first, and again only the same:
//      CAF repeats it.
// Threads: pure. Bounds: max_payload; of the first payload max_greeting bytes are kept.
// Tests: tests/net/frame_guard_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall::remote {

enum class peer : std::uint8_t { connects, listens };

class frame_guard {
 public:
  static constexpr std::size_t header_size = 32, max_greeting = 4'096;

  frame_guard(peer who, std::uint32_t max_payload) : who_(who), max_payload_(max_payload) {}

  /// The next bytes. An error (invalid_argument): let the peer go, and none of them through.
  status take(std::string_view bytes);
  /// The peer's first frame is complete: it speaks the protocol.
  bool greeted() const noexcept { return greeted_; }
  /// The payload of that frame: which node of CAF's it is.
  const std::string& greeting() const noexcept { return greeting_; }

 private:
  status read_header();

  peer who_;
  std::uint32_t max_payload_;
  std::array<unsigned char, header_size> header_{};
  std::size_t have_ = 0;    ///< Of the header.
  std::uint32_t left_ = 0;  ///< Of the payload.
  bool first_ = true, greeted_ = false, introduces_ = false;
  std::string greeting_, said_;  ///< The payload of the first handshake, and of this one.
};

}  // namespace pitwall::remote
