// http: what a web server says now.
#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <utility>

#include "runtime/base/web_url.hpp"
#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::blocks {
namespace {

constexpr std::size_t most_headers = 32, longest_header = 4'096;

using tokens = std::vector<std::string>;

/// One token without its escapes; nothing where a '~' is none.
std::optional<std::string> unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out.push_back(token[i]);
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    out.push_back(token[i] == '0' ? '~' : '/');
  }
  return out;
}

/// RFC 6901, apart.
result<tokens> read_pointer(const property_reader& properties, std::string_view text) {
  tokens out;
  while (!text.empty()) {
    if (text.front() != '/')
      return properties.fault("pointer", "must begin with '/'", "write it like /data/0/price");
    text.remove_prefix(1);
    const auto raw = text.substr(0, text.find('/'));
    text.remove_prefix(raw.size());
    auto token = unescaped(raw);
    if (!token)
      return properties.fault("pointer", "has a '~' that is no escape", "write ~0 for ~, ~1 for /");
    out.push_back(std::move(*token));
  }
  return out;
}

const value* step_into(const value& at, const std::string& token) {
  if (at.is_object()) return at.find(token);
  if (!at.is_list() || token.empty() || (token.size() > 1 && token.front() == '0')) return nullptr;
  std::size_t index = 0;
  const char* last = token.data() + token.size();
  const auto [end, wrong] = std::from_chars(token.data(), last, index);
  const auto& list = at.as_list();
  return wrong == std::errc{} && end == last && index < list.size() ? &list[index] : nullptr;
}

class http_provider final : public block {
 public:
  http_provider(web_request request, std::string pointer, tokens path)
      : request_(std::move(request)), pointer_(std::move(pointer)), path_(std::move(path)) {}

  result<step> evaluate(const evaluation&) const override { return step(request_); }

  result<completion> resume(const evaluation&, const answer& a) const override {
    const auto* reply = std::get_if<web_reply>(&a);
    if (reply == nullptr) return wrong_answer("http", "a web server's answer");
    PITWALL_TRY(found, value_in(reply->body));
    completion c = outputs(std::move(found), reply->body, decimal(static_cast<int>(reply->status)));
    c.observed_at = reply->observed_at;
    return c;
  }

 private:
  /// Numbers as they are written, by way of the text.
  result<value> value_in(const std::string& body) const {
    auto document = parse_json(body);
    if (!document.ok()) {
      if (pointer_.empty()) return value();
      return error{errc::invalid_argument, "the answer is no JSON: " + document.error().message,
                   document.error().where,
                   "look at what the server answers, or leave out `pointer`"};
    }
    const value* at = &*document;
    for (const auto& token : path_) {
      at = step_into(*at, token);
      if (at != nullptr) continue;
      return error{errc::invalid_argument,
                   "the answer has nothing at " + pointer_,
                   {},
                   "look at what the server answers"};
    }
    return *at;
  }

  web_request request_;
  std::string pointer_;
  tokens path_;
};

bool is_header_name(std::string_view name) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

/// What the client says itself: a second word on it could mean another request.
bool is_ours(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  static constexpr std::string_view ours[] = {"host",    "connection",        "content-length",
                                              "expect",  "transfer-encoding", "te",
                                              "trailer", "upgrade",           "accept-encoding"};
  return std::find(std::begin(ours), std::end(ours), name) != std::end(ours);
}

/// A secret's place is a file: what stands in a workflow file is kept with it.
result<std::string> header_text(const property_reader& properties, const block_config& config,
                                const value& given) {
  if (given.is_text()) return given.as_text();
  const value* file = given.is_object() ? given.find("file") : nullptr;
  if (file == nullptr || !file->is_text())
    return properties.fault("headers", "has a header that is neither a text nor {\"file\": PATH}");
  const auto path = (config.base_directory / file->as_text()).lexically_normal();
  std::ifstream in(path);
  std::array<char, longest_header + 2> line{};
  in.getline(line.data(), line.size());
  std::string text = line.data();
  if (text.ends_with('\r')) text.pop_back();
  if (!text.empty()) return text;
  return properties.fault("headers", "names a file that cannot be read or has no first line",
                          "check " + path.string());
}

result<web_request> read_request(const property_reader& properties, const block_config& config) {
  web_request out;
  PITWALL_TRY(url, properties.required_text("url"));
  if (const auto read = parse_web_url(url); !read.ok())
    return properties.fault("url", "is none: " + read.error().message, read.error().remedy);
  out.url = std::move(url);
  const value headers = config.property("headers");
  if (headers.is_null()) return out;
  if (!headers.is_object() || headers.as_object().size() > most_headers)
    return properties.fault("headers", "must be an object of at most 32 headers");
  for (const auto& [name, given] : headers.as_object()) {
    if (!is_header_name(name) || is_ours(name))
      return properties.fault("headers", "has the header '" + name + "', which cannot be set");
    PITWALL_TRY(text, header_text(properties, config, given));
    const auto sendable = [](char c) { return c >= ' ' && c < '\x7f'; };
    if (text.size() > longest_header || !std::all_of(text.begin(), text.end(), sendable))
      return properties.fault("headers",
                              "has the header '" + name + "' with a text that cannot be sent");
    out.headers.emplace_back(name, std::move(text));
  }
  return out;
}

result<block_ptr> make_http(const block_config& config) {
  const property_reader properties(config);
  PITWALL_TRY(request, read_request(properties, config));
  PITWALL_TRY(pointer, properties.text("pointer", ""));
  PITWALL_TRY(path, read_pointer(properties, pointer));
  return built<http_provider>(std::move(request), std::move(pointer), std::move(path));
}

}  // namespace

std::vector<block_type> http_types() {
  using namespace declare;
  block_type t;
  t.name = "http";
  t.category = "providers";
  t.effect = effect_class::idempotent;
  t.summary =
      "What a web server answers to a GET, fetched anew in every execution. An answer that is no "
      "2xx is a failure, also a redirect: they are not followed. Addresses that are not public are "
      "refused unless the host allows them (--http-allow). An answer counts as "
      "observed when its request was sent, less its Age.";
  t.outputs = {
      {"value", port_kind::any,
       "What `pointer` points at; without one the whole document, null where the answer is "
       "no JSON. Numbers are exact."},
      {"body", port_kind::text, "The answer as it came."},
      {"status", port_kind::number, "200 to 299."}};
  t.properties = {
      required("url", port_kind::text, "http or https."),
      optional("pointer", port_kind::text,
               "JSON pointer (RFC 6901) into the answer: /data/0/price."),
      optional("headers", port_kind::object,
               "Sent with it: name to text, or to {\"file\": PATH}, whose first line is the text "
               "(for secrets); relative to the workflow file.")};
  t.make = make_http;
  return {t};
}

}  // namespace pitwall::blocks
