// Frames of several writers on one socket.
#include "net/server/whole_writes.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

namespace pitwall::test {
namespace {

namespace asio = boost::asio;
using unix_socket = asio::local::stream_protocol::socket;

struct connected_pair {
  asio::io_context io;
  unix_socket far{io};
  std::optional<http::whole_writes<unix_socket>> near;
  std::vector<std::string> ended;  ///< The writes, in the order of their ends.

  connected_pair() {
    unix_socket one(io);
    asio::local::connect_pair(one, far);
    near.emplace(std::move(one));
  }
  void write(const std::string& name, const std::string& text) {
    near->async_write_some(asio::buffer(text), [this, name](auto ec, std::size_t count) {
      ended.push_back(name + (ec ? ": " + ec.message() : " " + std::to_string(count)));
    });
  }
};

}  // namespace

TEST_CASE("a write that the other side takes in parts is not mixed with another") {
  connected_pair p;
  const std::string large(3'000'000, 'a'), small(10, 'b'), last(1'000'000, 'c');
  p.write("large", large);
  p.write("small", small);
  p.write("last", last);
  std::string heard(large.size() + small.size() + last.size(), ' ');
  asio::async_read(p.far, asio::buffer(heard), [](auto, std::size_t) {});
  p.io.run();
  CHECK(heard == large + small + last);
  CHECK(p.ended == std::vector<std::string>{"large 3000000", "small 10", "last 1000000"});
  // It moved on more often than it ended: who watches it sees a slow reader read.
  CHECK(p.near->progress() > 3 + 3);
}

TEST_CASE("a close ends the write under way and those that wait, each with an error") {
  connected_pair p;
  const std::string large(3'000'000, 'a');
  p.write("large", large);
  p.write("second", large);
  p.write("third", large);
  p.io.poll();
  CHECK(p.ended.empty());
  p.near->close();
  p.io.run();
  REQUIRE(p.ended.size() == 3);
  CHECK(p.ended[0].starts_with("large: "));
  CHECK(p.ended[1].starts_with("second: "));
  CHECK(p.ended[2].starts_with("third: "));
}

}  // namespace pitwall::test
