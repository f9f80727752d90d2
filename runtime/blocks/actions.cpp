// cancel, notify: effects that a halt does not stop.
#include <utility>

#include "runtime/base/web_url.hpp"
#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::blocks {
namespace {

class cancel final : public block {
 public:
  explicit cancel(cancel_request request) : request_(std::move(request)) {}

  result<step> evaluate(const evaluation& in) const override {
    PITWALL_TRY(signal, input_reader("cancel", in).signal(0));
    if (!signal) return step(outputs(false, value::list{}));
    return step(request_);
  }

  result<completion> resume(const evaluation&, const answer& a) const override {
    const auto* report = std::get_if<cancel_report>(&a);
    if (report == nullptr) return wrong_answer("cancel", "a cancel report");
    return outputs(true, value::list(report->canceled.begin(), report->canceled.end()));
  }

 private:
  cancel_request request_;
};

class notify final : public block {
 public:
  notify(std::string fallback, std::string url)
      : fallback_(std::move(fallback)), url_(std::move(url)) {}

  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("notify", in);
    PITWALL_TRY(signal, inputs.signal(0));
    if (!signal) return step(outputs(false));
    const value& m = inputs.at(1);
    return step(notification{m.is_text()   ? m.as_text()
                             : m.is_null() ? fallback_
                                           : to_json(m),
                             url_});
  }

  result<completion> resume(const evaluation&, const answer& a) const override {
    if (!std::holds_alternative<done>(a)) return wrong_answer("notify", "done");
    return outputs(true);
  }

 private:
  std::string fallback_, url_;
};

result<block_ptr> make_cancel(const block_config& config) {
  const property_reader properties(config);
  PITWALL_TRY(venue, properties.text("venue", ""));
  PITWALL_TRY(symbol, properties.text("symbol", ""));
  return built<cancel>(cancel_request{venue, symbol});
}

result<block_ptr> make_notify(const block_config& config) {
  const property_reader properties(config);
  PITWALL_TRY(url, properties.text("url", ""));
  if (const auto read = parse_web_url(url); !url.empty() && !read.ok())
    return properties.fault("url", "is none: " + read.error().message, read.error().remedy);
  const std::string& name =
      config.definition.name.empty() ? config.definition.id : config.definition.name;
  return built<notify>("Signal from " + name, url);
}

block_type effect(std::string name, std::string summary) {
  block_type t;
  t.name = std::move(name);
  t.category = "actions";
  t.effect = effect_class::effectful;
  t.summary = std::move(summary);
  return t;
}

}  // namespace

std::vector<block_type> action_types() {
  using namespace declare;
  block_type c =
      effect("cancel", "Cancels this bot's open orders. Passes while trading is halted.");
  c.inputs = {required("signal", port_kind::boolean, "Null counts as false.")};
  c.outputs = {{"done", port_kind::boolean, "True where orders were asked to be cancelled."},
               {"canceled", port_kind::list, "Client order ids of the cancelled orders."}};
  c.properties = {optional("symbol", port_kind::text, "Only of this symbol; absent: of all."),
                  optional("venue", port_kind::text, "Only at this venue; absent: at all.")};
  c.make = make_cancel;

  block_type n = effect("notify",
                        "Tells people: a log line, an event, and a POST to `url` if that is set, "
                        "at least once. Passes while trading is halted.");
  n.inputs = {required("signal", port_kind::boolean, "Null counts as false."),
              optional("message", port_kind::any,
                       "A text; anything else is shown as JSON; absent: the block's name.")};
  n.outputs = {{"sent", port_kind::boolean, "False where the signal was."}};
  n.properties = {optional("url", port_kind::text, "Webhook, http or https.")};
  n.make = make_notify;
  return {c, n};
}

}  // namespace pitwall::blocks
