#include "runtime/matching/price_process.hpp"

#include <algorithm>
#include <optional>

#include "runtime/base/symbol.hpp"

namespace pitwall::matching {

namespace {

constexpr int octaves = 19;
constexpr std::int64_t billion = 1'000'000'000;
constexpr std::int64_t root_two_q16 = 92'682;  // sqrt(2) * 2^16
// Beyond these a product of a price and 1e9 would leave 128 bits.
constexpr int128 max_base = int128{billion} * decimal::one_raw;

// splitmix64's finalizer: every bit of the input reaches every bit of the output.
std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

// FNV-1a: the same on every machine, unlike std::hash.
std::uint64_t hash(std::string_view text) noexcept {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mix(h);
}

std::shared_ptr<const price_track> track_of(const price_options& options, std::string_view symbol) {
  for (const auto& [name, track] : options.tracks) {
    if (name == symbol && track != nullptr && !track->points.empty()) return track;
  }
  return nullptr;
}

std::uint64_t key_of(const price_options& options, std::string_view symbol) noexcept {
  return mix(options.seed) ^ hash(symbol);
}

std::uint64_t noise(std::uint64_t key, std::uint64_t stream, std::int64_t position) noexcept {
  return mix(mix(key + stream * 0x9e3779b97f4a7c15ULL) ^ static_cast<std::uint64_t>(position));
}

constexpr std::int64_t dollar = 100'000;

/// In hundred-thousandths of a dollar: what an amount in one of them is worth in another must not
/// be made up, for limits of money go by it. 0: not known.
std::int64_t worth_of(std::string_view currency) {
  struct entry {
    std::string_view name;
    std::int64_t worth;
  };
  static constexpr entry all[] = {
      {"USD", dollar},          {"USDT", dollar},       {"USDC", dollar}, {"BUSD", dollar},
      {"FDUSD", dollar},        {"DAI", dollar},        {"EUR", 108'000}, {"GBP", 127'000},
      {"CHF", 112'000},         {"ZAR", 5'500},         {"JPY", 660},     {"NGN", 65},
      {"BTC", 60'000 * dollar}, {"ETH", 3'000 * dollar}};
  for (const auto& e : all)
    if (e.name == currency) return e.worth;
  return 0;
}

/// "ETH-BTC" -> "ETH-USDT": as the symbol writes it.
std::string in_dollars(std::string_view symbol, std::string_view quote) {
  const bool ends = symbol.size() > quote.size() &&
                    asset_name(symbol.substr(symbol.size() - quote.size())) == quote;
  return ends ? std::string(symbol.substr(0, symbol.size() - quote.size())) + "USDT"
              : std::string(symbol);
}

bool is_given(const price_options& options, std::string_view symbol) {
  return track_of(options, symbol) != nullptr ||
         std::any_of(options.base_prices.begin(), options.base_prices.end(),
                     [&](const auto& given) { return given.first == symbol; });
}

/// Two markets in USDT whose quotient a symbol is.
struct quotient {
  std::string over, under;
};
std::optional<quotient> quotient_of(const price_options& options, std::string_view symbol) {
  const auto assets = split_symbol(symbol);
  if ((assets.quote != "BTC" && assets.quote != "ETH") || assets.base == assets.quote ||
      is_given(options, symbol))
    return std::nullopt;
  const auto over = in_dollars(symbol, assets.quote);
  if (over == symbol) return std::nullopt;
  const auto separator =
      symbol.substr(assets.base.size(), symbol.size() - assets.base.size() - assets.quote.size());
  return quotient{over, assets.quote + std::string(separator) + "USDT"};
}

int128 base_price(const price_options& options, std::string_view symbol) {
  if (const auto track = track_of(options, symbol); track != nullptr) {
    return std::clamp<int128>(track->points.front().bid.raw(), 1, max_base);
  }
  for (const auto& [name, price] : options.base_prices) {
    if (name == symbol) return std::clamp<int128>(price.raw(), 1, max_base);
  }
  if (const auto two = quotient_of(options, symbol)) {
    // In billionths: a product of two prices would leave 128 bits.
    const auto under = std::max<int128>(base_price(options, two->under) / billion, 1);
    const auto exact = base_price(options, two->over) * (decimal::one_raw / billion) / under;
    return std::clamp<int128>(exact, 1, max_base);
  }
  const auto assets = split_symbol(symbol);
  const auto of = worth_of(assets.base), in = worth_of(assets.quote);
  if (of > 0 && in > 0) return std::max<int128>(int128{of} * decimal::one_raw / in, 1);
  const bool other = in > 0 && in != dollar;
  const auto cents = static_cast<std::int64_t>(
      100 + hash(other ? in_dollars(symbol, assets.quote) : std::string(symbol)) % 99'900);
  return int128{cents} * (decimal::one_raw / 100) * dollar / (other ? in : dollar);
}

int128 tick_for(const price_options& options, std::string_view symbol, int128 base) {
  auto tick = std::clamp<int128>(options.tick.raw(), 1, max_base);
  if (base < 100 * tick && !is_given(options, symbol))
    while (tick >= 10 && base < 10'000 * tick) tick /= 10;
  return tick;
}

}  // namespace

std::int64_t price_process::step_of(timestamp t) noexcept {
  const std::int64_t us = t.time_since_epoch().count(), length = step_length.count();
  return us / length - (us % length < 0 ? 1 : 0);
}

timestamp price_process::start_of(std::int64_t step) noexcept {
  return timestamp{step_length * step};
}

price_process::price_process(const price_options& options, std::string_view symbol)
    : key_(key_of(options, symbol)),
      over_(key_),
      base_(base_price(options, symbol)),
      tick_(tick_for(options, symbol, base_)),
      lot_(std::clamp<int128>(options.quantity_step.raw(), 1, max_base)),
      spread_ppb_(static_cast<std::int64_t>(
          std::clamp<int128>(options.spread_bps.raw() / 10'000'000'000'000, 0, billion))),
      volatility_ppb_(std::clamp<std::int64_t>(options.volatility_ppb, 0, 400'000)),
      levels_(std::clamp(options.levels, 1U, 1'000U)),
      track_(track_of(options, symbol)) {
  if (const auto two = quotient_of(options, symbol)) {
    over_ = key_of(options, two->over);
    under_ = key_of(options, two->under);
  }
  base_ = std::max(base_, 2 * tick_);
  const int128 notional = std::clamp<int128>(options.level_notional.raw(), 1, max_base);
  const int128 quantity = notional / std::max<int128>(base_ / billion, 1) * billion;
  level_quantity_ = std::clamp<int128>(quantity, lot_, max_base);
}

std::int64_t price_process::deviation_ppb(std::int64_t step) const noexcept {
  const auto over = deviation_ppb(over_, step);
  if (under_ == 0) return over;
  const auto under = deviation_ppb(under_, step);
  return static_cast<std::int64_t>(int128{billion + over} * billion / (billion + under) - billion);
}

std::int64_t price_process::deviation_ppb(std::uint64_t key, std::int64_t step) const noexcept {
  if (volatility_ppb_ == 0) return 0;
  // Each octave is a line between random points in [-2^30, 2^30) that lie 2^octave steps apart.
  std::int64_t sum = 0;
  for (int octave = 0; octave < octaves; ++octave) {
    const std::int64_t cell = step >> octave;
    const std::int64_t within = step - (cell << octave);
    const auto point = [&](std::int64_t at) {
      const auto stream = static_cast<std::uint64_t>(octave);
      return static_cast<std::int64_t>(noise(key, stream, at) >> 33U) - (std::int64_t{1} << 30);
    };
    const std::int64_t from = point(cell);
    const std::int64_t value =
        within == 0 ? from : from + (((point(cell + 1) - from) * within) >> octave);
    const std::int64_t half = std::int64_t{1} << (octave / 2);
    const std::int64_t amplitude_q16 = half * (octave % 2 == 0 ? 65'536 : root_two_q16);
    sum += (value * amplitude_q16) >> 16;
  }
  return static_cast<std::int64_t>((int128{sum} * volatility_ppb_) >> 30);
}

price_process::touch price_process::tracked(std::int64_t step) const noexcept {
  const auto& points = track_->points;
  const auto after =
      std::upper_bound(points.begin(), points.end(), step,
                       [](std::int64_t s, const price_track::point& p) { return s < p.step; });
  const auto& p = after == points.begin() ? points.front() : *std::prev(after);
  const int128 bid = std::clamp<int128>(p.bid.raw(), tick_, max_base) / tick_ * tick_;
  const int128 above = (std::min<int128>(p.ask.raw(), max_base) + tick_ - 1) / tick_ * tick_;
  const int128 ask = std::max<int128>(above, bid + tick_);
  return {decimal::from_raw(bid), decimal::from_raw((bid + ask) / 2), decimal::from_raw(ask)};
}

price_process::touch price_process::touch_at(std::int64_t step) const noexcept {
  if (track_ != nullptr) return tracked(step);
  const int128 exact = base_ * (billion + deviation_ppb(step)) / billion;
  // Two ticks at least, so that a bid remains below.
  const int128 mid = std::max<int128>((exact + tick_ / 2) / tick_, 2) * tick_;
  const int128 half = mid * spread_ppb_ / (2 * billion);
  const int128 bid = std::max<int128>((mid - half) / tick_, 1) * tick_;
  int128 ask = (mid + half + tick_ - 1) / tick_ * tick_;
  if (ask <= bid) ask = bid + tick_;
  return {decimal::from_raw(bid), decimal::from_raw(mid), decimal::from_raw(ask)};
}

market_step price_process::at(std::int64_t step) const {
  const touch t = touch_at(step);
  market_step out{step, t.mid, {}, {}};
  out.bids.reserve(levels_);
  out.asks.reserve(levels_);
  const int128 gap = std::max<int128>(t.mid.raw() / 10'000 / tick_, 1) * tick_;
  for (unsigned i = 0; i < levels_; ++i) {
    const auto quantity = [&](std::uint64_t stream) {
      const std::uint64_t jitter = 512 + (noise(key_, stream + i, step) & 1'023U);
      const int128 raw = level_quantity_ * (2 + i) / 2 * static_cast<std::int64_t>(jitter) / 1'024;
      return decimal::from_raw(std::max<int128>(raw / lot_, 1) * lot_);
    };
    const int128 below = t.bid.raw() - gap * static_cast<int>(i);
    if (below > 0) out.bids.push_back({decimal::from_raw(below), quantity(10'000)});
    const int128 above = t.ask.raw() + gap * static_cast<int>(i);
    out.asks.push_back({decimal::from_raw(above), quantity(20'000)});
  }
  return out;
}

}  // namespace pitwall::matching
