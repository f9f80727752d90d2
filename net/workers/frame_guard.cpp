#include "net/workers/frame_guard.hpp"

#include <algorithm>

namespace pitwall::remote {
namespace {

constexpr unsigned server_handshake = 0, client_handshake = 1, last_operation = 6;

error no_frame(const std::string& what) { return {errc::invalid_argument, what, {}, {}}; }

}  // namespace

status frame_guard::read_header() {
  const unsigned operation = header_[0];
  const unsigned handshake = who_ == peer::connects ? client_handshake : server_handshake;
  if (operation > last_operation) return no_frame("what it sends is not the actors' protocol");
  introduces_ = operation <= client_handshake;
  if (first_ && !introduces_) return no_frame("it did not begin with a handshake");
  if (introduces_ && operation != handshake)
    return no_frame("it is no " + std::string(who_ == peer::connects ? "worker" : "host"));
  left_ = 0;
  for (std::size_t i = 4; i < 8; ++i) left_ = left_ << 8U | header_[i];
  said_.clear();
  const auto most =
      introduces_ ? std::min<std::uint32_t>(max_greeting, max_payload_) : max_payload_;
  if (left_ > most)
    return no_frame("it announced a message of " + std::to_string(left_) + " bytes; the most is " +
                    std::to_string(most));
  return done{};
}

status frame_guard::take(std::string_view bytes) {
  while (!bytes.empty()) {
    if (left_ == 0) {
      const auto n = std::min(header_size - have_, bytes.size());
      std::copy_n(bytes.begin(), n, header_.begin() + static_cast<std::ptrdiff_t>(have_));
      bytes.remove_prefix(n);
      have_ += n;
      if (have_ < header_size) return done{};
      have_ = 0;
      PITWALL_CHECK(read_header());
    }
    const auto n = std::min<std::size_t>(left_, bytes.size());
    if (introduces_) said_.append(bytes.substr(0, n));
    bytes.remove_prefix(n);
    left_ -= static_cast<std::uint32_t>(n);
    if (left_ > 0) return done{};
    if (first_)
      greeting_ = said_;
    else if (introduces_ && said_ != greeting_)
      return no_frame("it says that it is another node than before");
    greeted_ = true;
    first_ = introduces_ = false;
  }
  return done{};
}

}  // namespace pitwall::remote
