#include "net/client/web_gate.hpp"

#include <algorithm>
#include <array>

namespace pitwall {

namespace ip = boost::asio::ip;

namespace {

struct network4 {
  std::uint32_t from;
  unsigned bits;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return (a << 24U) | (b << 16U) | (c << 8U) | d;
}

// IANA's registry of special-purpose addresses, and multicast.
constexpr network4 not_public[] = {
    {v4(0, 0, 0, 0), 8},      {v4(10, 0, 0, 0), 8},     {v4(100, 64, 0, 0), 10},
    {v4(127, 0, 0, 0), 8},    {v4(169, 254, 0, 0), 16}, {v4(172, 16, 0, 0), 12},
    {v4(192, 0, 0, 0), 24},   {v4(192, 0, 2, 0), 24},   {v4(192, 88, 99, 0), 24},
    {v4(192, 168, 0, 0), 16}, {v4(198, 18, 0, 0), 15},  {v4(198, 51, 100, 0), 24},
    {v4(203, 0, 113, 0), 24}, {v4(224, 0, 0, 0), 4},    {v4(240, 0, 0, 0), 4},
};

bool is_public4(std::uint32_t a) noexcept {
  return std::none_of(std::begin(not_public), std::end(not_public),
                      [a](const network4& n) { return ((a ^ n.from) >> (32U - n.bits)) == 0; });
}

using bytes6 = ip::address_v6::bytes_type;

std::uint32_t tail4(const bytes6& b) noexcept { return v4(b[12], b[13], b[14], b[15]); }

bool begins(const bytes6& b, std::initializer_list<unsigned> with) noexcept {
  return std::equal(with.begin(), with.end(), b.begin(),
                    [](unsigned x, unsigned y) { return x == y; });
}

bool is_public6(const bytes6& b) noexcept {
  if (begins(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return is_public4(tail4(b));
  if (begins(b, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public4(tail4(b));
  if ((b[0] & 0xe0U) != 0x20U) return false;  // What is given out is in 2000::/3.
  // 2001::/23 is for protocols, with Teredo in it; 2002::/16 is 6to4; the rest is documentation.
  const bool protocols = begins(b, {0x20, 0x01}) && b[2] < 0x02;
  return !protocols && !begins(b, {0x20, 0x02}) && !begins(b, {0x20, 0x01, 0x0d, 0xb8}) &&
         !(begins(b, {0x3f, 0xff}) && b[2] < 0x10);
}

}  // namespace

bool is_public(const ip::address& a) noexcept {
  return a.is_v4() ? is_public4(a.to_v4().to_uint()) : is_public6(a.to_v6().to_bytes());
}

result<web_gate> web_gate::allowing(const std::vector<std::string>& places) {
  web_gate out;
  for (const auto& text : places) {
    const auto url = parse_web_url("http://" + text);
    if (!url.ok() || text.find_first_of("/?") != std::string::npos) {
      return error{errc::invalid_argument, "this names no host", "--http-allow " + text,
                   "write HOST or HOST:PORT, as in news.internal or 10.0.0.5:8080"};
    }
    const bool with_port = text.find(':', text.rfind(']') + 1) != std::string::npos;
    out.places_.push_back({url->host, with_port ? std::optional(url->port) : std::nullopt});
  }
  return out;
}

bool web_gate::names(const web_url& url) const {
  return std::any_of(places_.begin(), places_.end(), [&](const place& p) {
    return p.host == url.host && (!p.port || *p.port == url.port);
  });
}

status web_gate::admits(const web_url& url, const ip::address& a) const {
  if (is_public(a) || names(url)) return done{};
  return error{errc::failed_precondition,
               "workflows may not go to " + a.to_string() + ", which is no public address",
               url.origin(), "if they shall, start the host with --http-allow " + url.authority()};
}

}  // namespace pitwall
