// HTTP requests as they come by the wire, through Beast's parser, ours and the API's handlers:
// each gets one well-formed answer.
#include <boost/asio/buffer.hpp>
#include <optional>
#include <sstream>
#include <utility>

#include "net/server/api.hpp"
#include "net/server/incoming.hpp"
#include "net/server/wire.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/net/fake_control.hpp"

namespace pitwall::fuzz {
namespace {

namespace beast = boost::beast;

struct one_exchange final : http::exchange {
  const http::request& asked() const noexcept override { return what; }
  void answer(http::reply r) override {
    if (!answered && !streamed) answered = std::move(r);
  }
  void stream(std::string, std::shared_ptr<http::chunk_source>) override {
    if (!answered) streamed = true;
  }
  void answer_after(milliseconds, std::function<http::reply()> late) override {
    if (!answered && !streamed) answered = late();
  }
  void work(std::function<void()> job) override { job(); }
  http::request what;
  std::optional<http::reply> answered;
  bool streamed = false;
};

void check(const http::reply& r) {
  must(r.status >= 200 && r.status < 600, "a status of HTTP");
  for (const auto& [name, text] : r.headers)
    must(text.find_first_of("\r\n") == std::string::npos, "a header is one line");
  if (r.status < 400) return;
  must(r.content_type == "application/problem+json", "an error is a problem (RFC 9457)");
  const auto problem = parse_json(r.body);
  must(problem.ok() && problem->find("status") != nullptr, "a problem is JSON with a status");
}

void route(const http::request& asked) {
  static test::fake_control host;
  static const http::router api = http::make_api(host);
  const auto ex = std::make_shared<one_exchange>();
  ex->what = asked;
  api.route(ex);
  must(ex->answered.has_value() || ex->streamed, "every request is answered");
  if (ex->answered) check(*ex->answered);
}

void check_target(const http::target& t) {
  std::string path;
  for (const auto& s : t.segments) path += "/" + http::percent_encode(s);
  const auto again = http::parse_target(path.empty() ? "/" : path);
  must(again.ok() && again->segments == t.segments, "segments survive their encoding");
}

}  // namespace

void try_one(std::string_view bytes) {
  const server_options options;
  http::incoming_request incoming(options);
  auto& parser = incoming.wire();
  beast::error_code ec;
  std::size_t used = 0;
  bool looked_at = false;
  while (!ec && !parser.is_done() && used < bytes.size()) {
    const auto count =
        parser.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), ec);
    used += count;
    if (!ec && parser.is_header_done() && !std::exchange(looked_at, true)) {
      if (const auto objection = incoming.objection(http::door::open)) return check(*objection);
    }
    if (count == 0) break;
  }
  if (ec && ec != beast::http::error::need_more) {
    if (const auto refusal = http::refusal_of(ec, false, options)) check(*refusal);
    return;
  }
  if (!parser.is_done()) return;
  const auto message = incoming.release();
  const auto asked = http::to_request(message);
  if (!asked.ok()) return check(http::bad_request(asked.error()));
  check_target(asked->to);
  route(*asked);
}

}  // namespace pitwall::fuzz
