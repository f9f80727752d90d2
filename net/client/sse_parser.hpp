// Job: server-sent events out of bytes as they come (WHATWG HTML, "event stream interpretation").
// Threads: one owner.
// Bounds: an event larger than max_bytes ends parsing with an error.
// Tests: tests/net/sse_parser_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall {

class sse_parser {
 public:
  /// False: no more.
  using on_event =
      std::function<bool(std::string_view type, std::uint64_t id, std::string_view data)>;

  explicit sse_parser(std::size_t max_bytes = 16U << 20U) : max_bytes_(max_bytes) {}

  /// False: `take` wants no more. Comments and unknown fields are skipped; the id of an event
  /// without one is that of the event before.
  result<bool> feed(std::string_view bytes, const on_event& take);

 private:
  void field(std::string_view line);
  bool dispatch(const on_event& take);

  std::size_t max_bytes_;
  std::string line_, type_, data_;
  std::uint64_t id_ = 0;
  bool has_data_ = false, after_cr_ = false;
};

}  // namespace pitwall
