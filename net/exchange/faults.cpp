#include "net/exchange/faults.hpp"

#include <optional>

#include "net/exchange/views.hpp"

namespace pitwall::sim {

namespace {

std::optional<std::int64_t> whole(const value& v, std::int64_t most) {
  if (!v.is_number()) return {};
  const auto n = v.as_number().to_int();
  if (!n.ok() || *n < 0 || *n > most) return {};
  return *n;
}

decimal* rate_of(fault_settings& s, std::string_view name) {
  if (name == "error_rate") return &s.error_rate;
  if (name == "disconnect_rate") return &s.disconnect_rate;
  if (name == "drop_answers_rate") return &s.drop_answers_rate;
  if (name == "stream_gap_rate") return &s.stream_gap_rate;
  return nullptr;
}

/// False: the value does not fit.
bool set(fault_settings& s, const std::string& name, const value& v) {
  if (decimal* rate = rate_of(s, name); rate != nullptr) {
    if (!v.is_number() || v.as_number() < decimal{} || v.as_number() > decimal(1)) return false;
    *rate = v.as_number();
    return true;
  }
  if (name == "latency_ms") {
    const auto ms = whole(v, longest_latency.count());
    if (ms) s.latency = milliseconds(*ms);
    return ms.has_value();
  }
  if (name == "seed") {
    const auto seed = whole(v, INT64_MAX);
    if (seed) s.seed = static_cast<std::uint64_t>(*seed);
    return seed.has_value();
  }
  if (name != "stale_prices" || !v.is_bool()) return false;
  s.stale_prices = v.as_bool();
  return true;
}

}  // namespace

status fault_die::change(const value& wanted) {
  const char* remedy =
      "known are latency_ms (0 to 60000), error_rate, drop_answers_rate, disconnect_rate, "
      "stream_gap_rate (0 to 1), stale_prices (true, false) and seed";
  if (!wanted.is_object()) {
    return error{errc::invalid_argument, "the faults are no JSON object", {}, remedy};
  }
  fault_settings changed = settings_;
  for (const auto& [name, v] : wanted.as_object()) {
    if (!set(changed, name, v)) {
      return error{
          errc::invalid_argument, "'" + name + "' is no fault, or has no such value", {}, remedy};
    }
  }
  if (wanted.find("seed") != nullptr) {
    state_ = changed.seed;
    stream_state_ = ~changed.seed;
  }
  settings_ = changed;
  return done{};
}

value fault_die::view() const {
  return value::object{{"latency_ms", number(settings_.latency.count())},
                       {"error_rate", settings_.error_rate},
                       {"drop_answers_rate", settings_.drop_answers_rate},
                       {"disconnect_rate", settings_.disconnect_rate},
                       {"stream_gap_rate", settings_.stream_gap_rate},
                       {"stale_prices", settings_.stale_prices},
                       {"seed", number(settings_.seed)}};
}

// Splitmix64. Every request rolls all dice, so that changing one rate moves no other fault.
bool fault_die::hits(decimal rate, std::uint64_t& state) noexcept {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t x = state;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  x ^= x >> 31U;
  return int128{static_cast<std::int64_t>(x % decimal::one_raw)} < rate.raw();
}

mishap fault_die::roll() noexcept {
  mishap out;
  out.disconnect = hits(settings_.disconnect_rate, state_);
  out.error = hits(settings_.error_rate, state_);
  out.drop_answer = hits(settings_.drop_answers_rate, state_);
  return out;
}

}  // namespace pitwall::sim
