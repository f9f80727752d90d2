// volume_spike: the volume stands out against those of the executions before.
#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"
#include "runtime/blocks/rolling_window.hpp"

namespace pitwall::blocks {
namespace {

class volume_spike final : public block {
 public:
  explicit volume_spike(std::size_t window) : window_(window) {}

  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("volume_spike", in);
    PITWALL_TRY(volume, inputs.not_below_zero(0, "volume"));
    PITWALL_TRY(multiplier, inputs.positive(1, "multiplier"));
    const auto before = window_in(in.state, "volumes", window_);
    completion c;
    if (before.size() < window_) {
      c = outputs(false, nullptr);
    } else {
      PITWALL_TRY(average, mean_of(before));
      PITWALL_TRY(level, mul(average, multiplier));
      c = outputs(volume >= level && !volume.is_zero(), average);
    }
    c.new_state = window_state("volumes", before, volume, window_);
    return step(std::move(c));
  }

 private:
  std::size_t window_;
};

result<block_ptr> make_volume_spike(const block_config& config) {
  const property_reader properties(config);
  PITWALL_TRY(window, properties.whole("window", 20, 1, max_rolling_window));
  return built<volume_spike>(static_cast<std::size_t>(window));
}

}  // namespace

std::vector<block_type> volume_spike_types() {
  using namespace declare;
  block_type t;
  t.name = "volume_spike";
  t.category = "triggers";
  t.summary =
      "Fires when the volume is at least the average of the last `window` volumes times "
      "`multiplier`. The average is over the executions before this one; until there are `window` "
      "of them, it does not fire. A volume of 0 never fires.";
  t.inputs = {at_least(0, required("volume", port_kind::number, "Not below 0.")),
              at_least(0, defaulted("multiplier", port_kind::number,
                                    decimal::from_raw(decimal::one_raw / 2 * 3), "Above 0."))};
  t.outputs = {{"signal", port_kind::boolean, "True where it fires."},
               {"average", port_kind::number, "The average compared with; null while warming up."}};
  t.properties = {between(1, decimal(max_rolling_window),
                          defaulted("window", port_kind::number, 20,
                                    "How many earlier volumes are averaged; a whole number."))};
  t.stateful = true;
  t.make = make_volume_spike;
  return {t};
}

}  // namespace pitwall::blocks
