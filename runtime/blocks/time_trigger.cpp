// time_trigger: as a node inside a run, whether now is one of the scheduled minutes.
#include <utility>

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"
#include "runtime/schedule/schedule.hpp"

namespace pitwall::blocks {
namespace {

class time_trigger final : public block {
 public:
  time_trigger(time_zone zone, value written, std::optional<schedule> parsed)
      : zone_(std::move(zone)), written_(std::move(written)), parsed_(std::move(parsed)) {}

  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("time_trigger", in);
    const value& spec = inputs.at(0);
    if (spec.is_null()) return inputs.fault("schedule", "must be a schedule, not null");
    bool signal = false;
    if (parsed_ && spec == written_) {
      signal = parsed_->matches(in.now);
    } else {  // It comes through a connection.
      PITWALL_TRY(other, schedule::parse(spec, zone_));
      signal = other.matches(in.now);
    }
    completion c = outputs(signal);
    c.observed_at = in.now;
    return step(std::move(c));
  }

 private:
  time_zone zone_;
  value written_;
  std::optional<schedule> parsed_;
};

result<block_ptr> make_time_trigger(const block_config& config) {
  const property_reader properties(config);
  const std::string where = "block '" + config.definition.id + "'";
  PITWALL_TRY(name, properties.text("timezone", "UTC"));
  auto zone = time_zone::find(name);
  if (!zone.ok())
    return error{errc::invalid_argument, zone.error().message, where, zone.error().remedy};
  value written = config.property("schedule");
  std::optional<schedule> parsed;
  if (!written.is_null()) {
    auto s = schedule::parse(written, *zone);
    if (!s.ok()) return error{s.error().code, s.error().message, where, s.error().remedy};
    parsed = *s;
  }
  return built<time_trigger>(*zone, std::move(written), std::move(parsed));
}

}  // namespace

std::vector<block_type> time_trigger_types() {
  using namespace declare;
  block_type t;
  t.name = "time_trigger";
  t.category = "triggers";
  t.summary =
      "Starts the workflow at the times of its schedule. Inside an execution its signal says "
      "whether the present minute is one of them, so a run started by hand at another time gets "
      "false.";
  t.inputs = {required("schedule", port_kind::any,
                       "A list of HH:MM, or a cron expression of five fields: minute, hour, day "
                       "of month, month, day of week.")};
  t.outputs = {{"signal", port_kind::boolean, "True within a scheduled minute."}};
  t.properties = {
      defaulted("timezone", port_kind::text, "UTC",
                "UTC, a fixed offset such as +02:00, or a name such as Europe/London.")};
  t.make = make_time_trigger;
  return {t};
}

}  // namespace pitwall::blocks
