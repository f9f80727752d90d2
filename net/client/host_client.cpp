#include "net/client/host_client.hpp"

#include "net/client/connection.hpp"
#include "net/client/sse_parser.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall {
namespace {

constexpr std::size_t most_of_a_problem = 1U << 20U;

std::string text_of(const value& object, std::string_view name) {
  const value* member = object.find(name);
  return member != nullptr && member->is_text() ? member->as_text() : std::string();
}

bool is_problem(const http_reply& reply) {
  return reply.content_type.starts_with("application/problem+json");
}

}  // namespace

result<host_client> host_client::connect(std::filesystem::path socket) {
  connection probe(socket);
  PITWALL_CHECK(probe.open());
  return host_client(std::move(socket));
}

result<http_reply> host_client::request(std::string_view method, std::string_view target,
                                        std::string_view body, milliseconds timeout) const {
  connection c(socket_);
  PITWALL_CHECK(c.open());
  return c.ask({method, target, body, "application/json"}, timeout);
}

status host_client::stream(std::string_view target, const on_event& take,
                           milliseconds silence) const {
  connection c(socket_);
  PITWALL_CHECK(c.open());
  PITWALL_TRY(reply, c.ask_for_stream({"GET", target, {}, "text/event-stream"}, silence));
  sse_parser events;
  while (true) {
    const auto bytes = c.read_some(silence);
    if (!bytes.ok()) {
      return error{errc::unavailable, "the event stream broke: " + bytes.error().message,
                   bytes.error().where, "resume it after the last event that arrived"};
    }
    if (bytes->empty()) return reply.ok() ? status(done{}) : status(from_problem(reply));
    if (reply.ok()) {
      PITWALL_TRY(wants_more, events.feed(*bytes, take));
      if (!wants_more) return done{};
    } else if (reply.body.size() < most_of_a_problem) {
      reply.body.append(*bytes);
    } else {
      return from_problem(reply);
    }
  }
}

error from_problem(const http_reply& reply) {
  const auto parsed = is_problem(reply) ? parse_json(reply.body) : result<value>(value());
  if (!parsed.ok() || !parsed->is_object()) {
    return {errc::internal,
            "the host answered with status " + std::to_string(reply.status) + " and no explanation",
            {},
            "see the host's log"};
  }
  return {errc_from_string(text_of(*parsed, "code")), text_of(*parsed, "detail"),
          text_of(*parsed, "where"), text_of(*parsed, "remedy")};
}

std::vector<problem> problems_of(const http_reply& reply) {
  std::vector<problem> all;
  if (!is_problem(reply)) return all;
  const auto parsed = parse_json(reply.body);
  const value* list = parsed.ok() ? parsed->find("problems") : nullptr;
  if (list == nullptr || !list->is_list()) return all;
  for (const value& one : list->as_list()) {
    const bool is_error = text_of(one, "level") != "warning";
    all.push_back({is_error ? problem::severity::error : problem::severity::warning,
                   text_of(one, "pointer"), text_of(one, "block_id"), text_of(one, "message"),
                   text_of(one, "remedy")});
  }
  return all;
}

result<http_reply> accepted(result<http_reply> reply) {
  if (reply.ok() && !reply->ok()) return from_problem(*reply);
  return reply;
}

}  // namespace pitwall
