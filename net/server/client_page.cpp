#include "net/server/client_page.hpp"

#include <openssl/evp.h>

#include <array>

#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

std::string sha256_base64(std::string_view text) {
  std::array<unsigned char, 32> hash{};
  EVP_Digest(text.data(), text.size(), hash.data(), nullptr, EVP_sha256(), nullptr);
  std::array<unsigned char, 4 * ((hash.size() + 2) / 3) + 1> out{};
  const auto length = EVP_EncodeBlock(out.data(), hash.data(), static_cast<int>(hash.size()));
  return {out.begin(), out.begin() + length};
}

/// What stands between the tags; a source that matches nothing where there is no such element.
std::string source_of(std::string_view page, std::string_view open, std::string_view close) {
  const auto at = page.find(open);
  if (at == std::string_view::npos) return "'none'";
  const auto begin = at + open.size();
  const auto end = page.find(close, begin);
  if (end == std::string_view::npos) return "'none'";
  return "'sha256-" + sha256_base64(page.substr(begin, end - begin)) + "'";
}

reply page_reply(const request& asked, const reply& whole, const std::string& tag) {
  const std::string* known = asked.header("If-None-Match");
  if (known == nullptr || known->find(tag) == std::string::npos) return whole;
  reply same = whole;
  same.status = 304;
  same.body.clear();
  return same;
}

}  // namespace

std::string page_policy(std::string_view page) {
  // Tokens leave in clear only for where the page came from, or for this machine.
  return "default-src 'none'; script-src " + source_of(page, "<script>", "</script>") +
         "; style-src " + source_of(page, "<style>", "</style>") +
         "; img-src data:; connect-src 'self' ws://127.0.0.1:* ws://localhost:* wss:"
         "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

void add_client_route(router& to) {
  const std::string_view page = client_html();
  const std::string tag = '"' + sha256_base64(page) + '"';
  const reply whole{200,
                    "text/html; charset=utf-8",
                    std::string(page),
                    {{"ETag", tag},
                     {"Cache-Control", "no-cache"},
                     {"Content-Security-Policy", page_policy(page)},
                     {"X-Content-Type-Options", "nosniff"},
                     {"Referrer-Policy", "no-referrer"},
                     {"Cross-Origin-Opener-Policy", "same-origin"},
                     {"Cross-Origin-Resource-Policy", "same-origin"}}};
  // A browser that goes there has no token yet; the page asks for it.
  to.add("GET", "/client", access::scope::none, [whole, tag](const exchange_ref& ex, const auto&) {
    if (auto known = ex->asked().to.allow_only({}); !known.ok())
      return ex->answer(problem_reply(known.error()));
    ex->answer(page_reply(ex->asked(), whole, tag));
  });
}

}  // namespace pitwall::http
