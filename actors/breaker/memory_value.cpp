#include "actors/breaker/memory_value.hpp"

#include <bit>
#include <cstdint>

namespace pitwall {

namespace {

// One list of fields serves both directions, as in storage/codec/event_codec.cpp.

void fields(auto& a, auto& m) {
  a(m.epoch), a(m.since), a(m.clock.seen), a(m.clock.reached), a(m.open_until), a(m.openings);
  a(m.probe_successes), a(m.last_probe);
  for (auto& p : m.probes) a(p.id), a(p.begun);
  a(m.random.state);
  auto& t = m.totals;
  a(t.permitted), a(t.refused), a(t.successes), a(t.failures), a(t.timeouts), a(t.ignored);
  a(t.slow), a(t.late), a(t.opened);
}

struct writer {
  value::list out;
  void operator()(std::uint64_t v) { put(std::bit_cast<std::int64_t>(v)); }
  void operator()(std::uint32_t v) { put(v); }
  void operator()(timestamp t) { put(t.time_since_epoch().count()); }
  void put(std::int64_t v) { out.emplace_back(decimal(v)); }
};

struct reader {
  const value::list& in;
  std::size_t at = 0;
  bool ok = true;

  void operator()(std::uint64_t& v) { v = std::bit_cast<std::uint64_t>(next()); }
  void operator()(std::uint32_t& v) {
    const auto n = next();
    ok = ok && n >= 0 && n <= std::int64_t{0xffffffff};
    v = static_cast<std::uint32_t>(n);
  }
  void operator()(timestamp& t) { t = timestamp(microseconds(next())); }
  std::int64_t next() {
    if (at >= in.size() || !in[at].is_number()) {
      ok = false;
      return 0;
    }
    const auto n = in[at++].as_number().to_int();
    ok = ok && n.ok();
    return n.ok() ? *n : 0;
  }
};

}  // namespace

value value_of(const breaker_memory& memory) {
  writer w;
  w.put(static_cast<std::int64_t>(memory.state));
  fields(w, memory);
  return value(std::move(w.out));
}

result<breaker_memory> memory_of(const value& v) {
  const error damaged{errc::data_loss, "a stored circuit breaker cannot be understood", {}, {}};
  if (!v.is_list()) return damaged;
  reader r{v.as_list()};
  breaker_memory m;
  const auto state = r.next();
  if (state < 0 || state > static_cast<std::int64_t>(breaker_state::metrics_only)) return damaged;
  m.state = static_cast<breaker_state>(state);
  fields(r, m);
  if (!r.ok || r.at != v.as_list().size()) return damaged;
  return m;
}

}  // namespace pitwall
