// Job: one HTTP request of a test over TCP or a Unix socket, with headers of its choice, blocking.
// Why its own: a test must be able to say what the product's client does not, and must know
//      whether an answer arrived whole.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace pitwall::test {

struct plain_request {
  std::string method, target, body{};
  std::vector<std::pair<std::string, std::string>> headers{};
};
struct plain_reply {
  unsigned status = 0;  ///< 0: no whole answer arrived. What was asked may have happened.
  std::string body;
  std::string content_type{};  ///< In lower case.
  std::string head{};          ///< In lower case.
};

plain_reply ask_port(std::uint16_t port, const plain_request& asked,
                     std::chrono::seconds patience = std::chrono::seconds(60));
plain_reply ask_socket(const std::filesystem::path& socket, const plain_request& asked,
                       std::chrono::seconds patience = std::chrono::seconds(60));

}  // namespace pitwall::test
