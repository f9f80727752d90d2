// stop_loss, take_profit: the price against the position's average entry, long or short.
#include <utility>

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall::blocks {
namespace {

enum class exit_kind : std::uint8_t { stop, target };

class exit_price final : public block {
 public:
  exit_price(exit_kind kind, figures_request request)
      : kind_(kind),
        type_(kind == exit_kind::stop ? "stop_loss" : "take_profit"),
        request_(std::move(request)) {}

  result<step> evaluate(const evaluation& in) const override {
    PITWALL_CHECK(read(in));  // Bad inputs fail before anyone is asked.
    return step(request_);
  }

  result<completion> resume(const evaluation& in, const answer& a) const override {
    const auto* f = std::get_if<figures>(&a);
    if (f == nullptr) return wrong_answer(type_, "the host's figures");
    PITWALL_TRY(given, read(in));
    completion c;
    if (f->position.is_zero() || f->average_entry.is_zero()) {
      c = outputs(false, nullptr);
    } else {
      // A stop lies below the entry of a long position and above that of a short one.
      const bool is_long = !f->position.is_negative();
      const bool below = is_long == (kind_ == exit_kind::stop);
      PITWALL_TRY(share, mul(f->average_entry, given.percentage));
      PITWALL_TRY(distance, div(share, decimal(100)));
      PITWALL_TRY(level, below ? sub(f->average_entry, distance) : add(f->average_entry, distance));
      c = outputs(below ? given.price <= level : given.price >= level, level);
    }
    c.observed_at = f->as_of;
    return c;
  }

 private:
  struct given_inputs {
    decimal price, percentage;
  };

  result<given_inputs> read(const evaluation& in) const {
    const input_reader inputs(type_, in);
    PITWALL_TRY(price, inputs.positive(0, "price"));
    PITWALL_TRY(percentage, inputs.not_below_zero(1, "percentage"));
    return given_inputs{price, percentage};
  }

  exit_kind kind_;
  std::string_view type_;
  figures_request request_;
};

block_type exit_type(exit_kind kind, std::string name, int percentage, std::string summary,
                     output_port level) {
  using namespace declare;
  block_type t;
  t.name = std::move(name);
  t.category = "risk";
  t.effect = effect_class::idempotent;
  t.summary = std::move(summary) +
              " Works for long and short positions; without a position it does not trigger.";
  t.inputs = {required("price", port_kind::number, "The present price, above 0."),
              at_least(0, defaulted("percentage", port_kind::number, percentage,
                                    "Percent of the average entry price."))};
  t.outputs = {{"trigger", port_kind::boolean, "True where the price has reached it."},
               std::move(level)};
  t.properties = {
      optional("symbol", port_kind::text, "The position's symbol; absent: the bot's only one."),
      optional("venue", port_kind::text, "Where it is held; absent: anywhere.")};
  t.make = [kind](const block_config& c) -> result<block_ptr> {
    const property_reader properties(c);
    PITWALL_TRY(venue, properties.text("venue", ""));
    PITWALL_TRY(symbol, properties.text("symbol", ""));
    return built<exit_price>(kind, figures_request{venue, symbol});
  };
  return t;
}

}  // namespace

std::vector<block_type> exit_price_types() {
  return {exit_type(exit_kind::stop, "stop_loss", 2,
                    "Triggers when the price has moved against the position by `percentage` or "
                    "more.",
                    {"stop_price", port_kind::number, "Null without a position."}),
          exit_type(exit_kind::target, "take_profit", 5,
                    "Triggers when the price has moved in favour of the position by `percentage` "
                    "or more.",
                    {"target_price", port_kind::number, "Null without a position."})};
}

}  // namespace pitwall::blocks
