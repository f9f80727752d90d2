// position_size, max_trades, daily_loss, max_drawdown, risk_check: the host's own figures.
#include <algorithm>
#include <utility>

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/math.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall::blocks {
namespace {

class position_size final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("position_size", in);
    PITWALL_TRY(capital, inputs.not_below_zero(0, "capital"));
    PITWALL_TRY(risk, inputs.not_below_zero(1, "risk_pct"));
    PITWALL_TRY(share, mul(capital, risk));
    PITWALL_TRY(size, div(share, decimal(100)));
    return step(outputs(size));
  }
};

class max_trades final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    PITWALL_CHECK(limit(in));
    return step(figures_request{});
  }

  result<completion> resume(const evaluation& in, const answer& a) const override {
    const auto* f = std::get_if<figures>(&a);
    if (f == nullptr) return wrong_answer("max_trades", "the host's figures");
    PITWALL_TRY(most, limit(in));
    const std::int64_t remaining = f->trades_today >= most ? 0 : most - f->trades_today;
    completion c = outputs(remaining > 0, decimal(remaining));
    c.observed_at = f->as_of;
    return c;
  }

 private:
  static result<std::int64_t> limit(const evaluation& in) {
    return input_reader("max_trades", in).whole(0, "limit", 0, 1'000'000'000);
  }
};

/// One figure against its limit. utilization is in percent of the limit, never below 0.
struct verdict {
  bool allowed = true;
  decimal utilization;
};

/// A limit of 0 has no percentage: used up as soon as it is exceeded.
result<verdict> judge(decimal used, decimal limit) {
  const bool allowed = used <= limit;
  if (limit <= decimal(0)) return verdict{allowed, decimal(allowed ? 0 : 100)};
  if (used <= decimal(0)) return verdict{allowed, decimal(0)};
  PITWALL_TRY(percent, percent_of(used, limit));
  return verdict{allowed, percent};
}

/// daily_loss_limit is a floor (-500). A profit uses nothing of it.
result<verdict> judge_daily_loss(const figures& f) {
  if (f.daily_loss_limit > decimal(0)) {  // A floor above 0: today must have earned that much.
    const bool allowed = f.daily_pnl >= f.daily_loss_limit;
    return verdict{allowed, decimal(allowed ? 0 : 100)};
  }
  return judge(-f.daily_pnl, -f.daily_loss_limit);
}

result<verdict> judge_drawdown(const figures& f) {
  if (f.equity >= f.peak_equity) return judge(decimal(0), f.max_drawdown_percent);
  if (f.peak_equity <= decimal(0)) {
    return zero_divisor("peak equity",
                        "drawdown: equity " + f.equity.to_string() + " has never been above 0");
  }
  PITWALL_TRY(fallen, sub(f.peak_equity, f.equity));
  PITWALL_TRY(percent, percent_of(fallen, f.peak_equity));
  return judge(percent, f.max_drawdown_percent);
}

result<verdict> judge_position(const figures& f) {
  return judge(f.position.abs(), f.max_position_size);
}

completion with_time(completion c, const figures& f) {
  c.observed_at = f.as_of;
  return c;
}

/// daily_loss, max_drawdown: one limit.
class limit_check final : public block {
 public:
  using rule = result<verdict> (*)(const figures&);
  limit_check(std::string_view type, rule judge_by) : type_(type), judge_by_(judge_by) {}

  result<step> evaluate(const evaluation&) const override { return step(figures_request{}); }

  result<completion> resume(const evaluation&, const answer& a) const override {
    const auto* f = std::get_if<figures>(&a);
    if (f == nullptr) return wrong_answer(type_, "the host's figures");
    PITWALL_TRY(v, judge_by_(*f));
    return with_time(outputs(v.allowed, v.utilization), *f);
  }

 private:
  std::string_view type_;
  rule judge_by_;
};

/// All limits at once; the first one exceeded is the reason.
class risk_check final : public block {
 public:
  explicit risk_check(figures_request request) : request_(std::move(request)) {}

  result<step> evaluate(const evaluation&) const override { return step(request_); }

  result<completion> resume(const evaluation&, const answer& a) const override {
    const auto* f = std::get_if<figures>(&a);
    if (f == nullptr) return wrong_answer("risk_check", "the host's figures");
    PITWALL_TRY(loss, judge_daily_loss(*f));
    PITWALL_TRY(drawdown, judge_drawdown(*f));
    PITWALL_TRY(position, judge_position(*f));
    const value& reason = !loss.allowed       ? loss_
                          : !drawdown.allowed ? drawdown_
                          : !position.allowed ? position_
                                              : none_;
    return with_time(
        outputs(reason.is_null(),
                std::max({loss.utilization, drawdown.utilization, position.utilization}), reason),
        *f);
  }

 private:
  figures_request request_;
  value loss_ = "daily_loss_limit", drawdown_ = "max_drawdown_percent",
        position_ = "max_position_size", none_;
};

block_type figures_type(std::string name, std::string summary) {
  block_type t;
  t.name = std::move(name);
  t.category = "risk";
  t.effect = effect_class::idempotent;
  t.summary = std::move(summary);
  t.outputs = {{"allowed", port_kind::boolean, "False where the limit is exceeded."}};
  return t;
}

output_port utilization_port(std::string help) {
  return {"utilization", port_kind::number, std::move(help)};
}

block_type position_size_type() {
  using namespace declare;
  block_type t;
  t.name = "position_size";
  t.category = "risk";
  t.summary = "capital x risk_pct / 100.";
  t.inputs = {at_least(0, required("capital", port_kind::number, "Not below 0.")),
              between(0, 100, required("risk_pct", port_kind::number, "Percent: 2 is 2 %."))};
  t.outputs = {{"size", port_kind::number, "In the unit of the capital."}};
  t.make = built_plain<position_size>;
  return t;
}

}  // namespace

std::vector<block_type> risk_types() {
  using namespace declare;
  block_type trades = figures_type("max_trades", "Orders of this bot today (UTC) against a limit.");
  trades.inputs = {at_least(0, required("limit", port_kind::number, "A whole number."))};
  trades.outputs = {{"allowed", port_kind::boolean, "True where one more order is within it."},
                    {"remaining", port_kind::number, "How many more; never below 0."}};
  trades.make = built_plain<max_trades>;

  block_type loss = figures_type(
      "daily_loss", "Today's profit and loss, realized and unrealized, against the host's limit.");
  loss.outputs.push_back(
      utilization_port("Percent of the limit that is lost; a profit is 0, never negative."));
  loss.make = [](const block_config&) {
    return built<limit_check>("daily_loss", judge_daily_loss);
  };

  block_type drawdown = figures_type(
      "max_drawdown", "The fall of equity from its peak, in percent, against the host's limit.");
  drawdown.outputs.push_back(utilization_port("Percent of the limit that is used."));
  drawdown.make = [](const block_config&) {
    return built<limit_check>("max_drawdown", judge_drawdown);
  };

  block_type all = figures_type(
      "risk_check", "Daily loss, drawdown and position size against the host's limits, together.");
  all.outputs.push_back(utilization_port("The highest of the three, in percent."));
  all.outputs.push_back({"reason", port_kind::text,
                         "The limit that is exceeded, by its name in the configuration; null "
                         "where all are kept."});
  all.properties = {
      optional("symbol", port_kind::text, "The position's symbol; absent: the bot's only one."),
      optional("venue", port_kind::text, "Where it is held; absent: anywhere.")};
  all.make = [](const block_config& c) -> result<block_ptr> {
    const property_reader properties(c);
    PITWALL_TRY(venue, properties.text("venue", ""));
    PITWALL_TRY(symbol, properties.text("symbol", ""));
    return built<risk_check>(figures_request{venue, symbol});
  };
  return {position_size_type(), trades, loss, drawdown, all};
}

}  // namespace pitwall::blocks
