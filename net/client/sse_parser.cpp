#include "net/client/sse_parser.hpp"

#include <charconv>

namespace pitwall {

result<bool> sse_parser::feed(std::string_view bytes, const on_event& take) {
  for (const char c : bytes) {
    const bool second_of_crlf = after_cr_ && c == '\n';
    after_cr_ = c == '\r';
    if (second_of_crlf) continue;
    if (c != '\n' && c != '\r') {
      line_.push_back(c);
      if (line_.size() + data_.size() > max_bytes_) {
        return {errc::resource_exhausted,
                "an event is larger than " + std::to_string(max_bytes_) + " bytes"};
      }
      continue;
    }
    if (line_.empty()) {
      if (!dispatch(take)) return false;
    } else {
      field(line_);
      line_.clear();
    }
  }
  return true;
}

void sse_parser::field(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view text = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (name == "event") {
    type_ = text;
  } else if (name == "data") {
    if (has_data_) data_.push_back('\n');
    data_.append(text);
    has_data_ = true;
  } else if (name == "id") {
    std::uint64_t id = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (failure == std::errc{} && end == text.data() + text.size()) id_ = id;
  }
}

bool sse_parser::dispatch(const on_event& take) {
  const bool go_on = !has_data_ || take(type_.empty() ? "message" : type_, id_, data_);
  type_.clear();
  data_.clear();
  has_data_ = false;
  return go_on;
}

}  // namespace pitwall
