// Job: a handful of block types for tests of parsing, validation and plans; they compute nothing.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/workflow/block.hpp"

namespace pitwall::test {

class idle_block final : public block {
 public:
  result<step> evaluate(const evaluation& /*in*/) const override { return step{completion{}}; }
};

inline result<std::unique_ptr<const block>> make_idle(const block_config& /*config*/) {
  return std::unique_ptr<const block>(std::make_unique<idle_block>());
}

inline parameter input(std::string name, port_kind kind, bool required = false) {
  parameter p;
  p.name = std::move(name);
  p.kind = kind;
  p.required = required;
  return p;
}

inline block_type kind_of_block(std::string name, std::string category) {
  block_type t;
  t.name = std::move(name);
  t.category = std::move(category);
  t.summary = "for tests";
  t.make = make_idle;
  return t;
}

/// feed -> price, book · cross (price, threshold) -> signal · gate (input1, ...) -> output
/// total (value1, ...) -> result · any (in, other) -> out · buy (signal, amount, price) -> order
class tiny_catalog final : public block_catalog {
 public:
  tiny_catalog() {
    add_sources();
    add_conditions();
    add_orders();
  }

  void add(block_type t) {
    auto name = t.name;
    types_[name] = std::move(t);
  }
  const block_type* find(std::string_view type) const noexcept override {
    const auto found = types_.find(type);
    return found == types_.end() ? nullptr : &found->second;
  }
  std::vector<const block_type*> all() const override {
    std::vector<const block_type*> out;
    for (const auto& [name, type] : types_) out.push_back(&type);
    return out;
  }

 private:
  void add_sources() {
    auto feed = kind_of_block("feed", "providers");
    feed.effect = effect_class::idempotent;
    feed.outputs = {{"price", port_kind::number}, {"book", port_kind::object}};
    feed.properties = {input("symbol", port_kind::text)};
    feed.make = [](const block_config& c) -> result<std::unique_ptr<const block>> {
      const auto symbol = c.property("symbol");
      if (symbol.is_text() && symbol.as_text() == "BAD") {
        return error{errc::invalid_argument, "the symbol BAD is not traded", "symbol list",
                     "use another symbol"};
      }
      if (symbol.is_text() && symbol.as_text() == "THROW") throw std::runtime_error("boom");
      return make_idle(c);
    };
    add(std::move(feed));

    auto cross = kind_of_block("cross", "triggers");
    cross.inputs = {input("price", port_kind::number, true), input("threshold", port_kind::number)};
    cross.inputs[1].fallback = decimal(5);
    cross.inputs[1].minimum = decimal(0);
    cross.inputs[1].maximum = decimal(100);
    cross.outputs = {{"signal", port_kind::boolean}, {"change", port_kind::number}};
    auto mode = input("mode", port_kind::text);
    mode.one_of = {"percent", "absolute"};
    cross.properties = {mode, input("strict", port_kind::boolean), input("levels", port_kind::list),
                        input("extra", port_kind::object)};
    cross.stateful = true;
    add(std::move(cross));
  }

  void add_conditions() {
    auto gate = kind_of_block("gate", "conditions");
    gate.inputs = {input("input1", port_kind::boolean, true),
                   input("input2", port_kind::boolean, true)};
    gate.outputs = {{"output", port_kind::boolean}};
    gate.variadic_prefix = "input";
    add(std::move(gate));

    auto total = kind_of_block("total", "conditions");
    total.inputs = {input("value1", port_kind::number, true)};
    total.outputs = {{"result", port_kind::number}};
    total.variadic_prefix = "value";
    auto operation = input("operation", port_kind::text, true);
    total.properties = {operation};
    add(std::move(total));

    auto any = kind_of_block("any", "conditions");
    any.inputs = {input("in", port_kind::any), input("other", port_kind::any)};
    any.outputs = {{"out", port_kind::any}};
    any.variadic_prefix = "in";
    add(std::move(any));
  }

  void add_orders() {
    for (const auto* side : {"buy", "sell"}) {
      auto order = kind_of_block(side, "actions");
      order.effect = effect_class::effectful;
      order.inputs = {input("signal", port_kind::boolean, true),
                      input("amount", port_kind::number, true), input("price", port_kind::number)};
      order.outputs = {{"order", port_kind::object}};
      auto venue = input("venue", port_kind::text);
      venue.fallback = value("paper");
      order.properties = {venue, input("symbol", port_kind::text)};
      add(std::move(order));
    }
    auto notify = kind_of_block("notify", "actions");
    notify.effect = effect_class::effectful;
    notify.inputs = {input("signal", port_kind::boolean, true)};
    notify.outputs = {{"sent", port_kind::boolean}};
    notify.properties = {input("venue", port_kind::text)};
    add(std::move(notify));
  }

  std::map<std::string, block_type, std::less<>> types_;
};

}  // namespace pitwall::test
