// math with operation mean_std: where value1 stands among its last `window` values.
#include <cmath>
#include <utility>

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/math.hpp"
#include "runtime/blocks/reading.hpp"
#include "runtime/blocks/rolling_window.hpp"

namespace pitwall {
namespace {

class mean_std final : public block {
 public:
  explicit mean_std(std::size_t window) : window_(window) {}

  result<step> evaluate(const evaluation& in) const override {
    PITWALL_TRY(newest, input_reader("math", in).number(0, "value1"));
    auto values = window_in(in.state, "values", window_);
    value next = window_state("values", values, newest, window_);
    if (values.size() == window_) values.erase(values.begin());
    values.push_back(newest);
    completion c;
    if (values.size() < window_) {
      c = outputs(nullptr, nullptr, nullptr, nullptr);
    } else {
      PITWALL_TRY(mean, mean_of(values));
      PITWALL_TRY(deviation, deviation_of(values, mean));
      PITWALL_TRY(std_rounded, decimal::from_double(deviation));
      PITWALL_TRY(above, sub(newest, mean));
      const double z = deviation > 0 ? above.to_double() / deviation : 0;
      PITWALL_TRY(zscore, decimal::from_double(z));
      c = outputs(mean, mean, std_rounded, zscore);
    }
    c.new_state = std::move(next);
    return step(std::move(c));
  }

 private:
  /// Two passes over exact distances: no cancellation of large prices with small movements.
  static result<double> deviation_of(const std::vector<decimal>& values, decimal mean) {
    double squares = 0;
    for (const decimal v : values) {
      PITWALL_TRY(distance, sub(v, mean));
      squares += distance.to_double() * distance.to_double();
    }
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
  }

  std::size_t window_;
};

}  // namespace

result<block_ptr> make_mean_std(const block_config& config) {
  PITWALL_TRY(window, property_reader(config).whole("window", 20, 2, max_rolling_window));
  return built<mean_std>(static_cast<std::size_t>(window));
}

}  // namespace pitwall
