#include "runtime/host/metrics/metrics_text.hpp"

#include <prometheus/text_serializer.h>

#include <nlohmann/json.hpp>

namespace pitwall {
namespace {

prometheus::ClientMetric metric_of(const metric_sample& s, metric_kind kind) {
  prometheus::ClientMetric m;
  for (const auto& [name, text] : s.labels) m.label.push_back({name, text});
  if (kind == metric_kind::counter) m.counter.value = s.value;
  if (kind == metric_kind::gauge) m.gauge.value = s.value;
  if (kind != metric_kind::histogram) return m;
  m.histogram.sample_count = s.count;
  m.histogram.sample_sum = s.value;
  for (const auto& [upper, count] : s.buckets) m.histogram.bucket.push_back({count, upper});
  return m;
}

std::string prometheus_text(const metric_families& all) {
  std::vector<prometheus::MetricFamily> out;
  for (const auto& f : all) {
    if (f.samples.empty()) continue;
    prometheus::MetricFamily family;
    family.name = f.name;
    family.help = f.help;
    family.type = f.kind == metric_kind::counter ? prometheus::MetricType::Counter
                  : f.kind == metric_kind::gauge ? prometheus::MetricType::Gauge
                                                 : prometheus::MetricType::Histogram;
    for (const auto& s : f.samples) family.metric.push_back(metric_of(s, f.kind));
    out.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(out);
}

nlohmann::ordered_json json_of(const metric_sample& s, metric_kind kind) {
  nlohmann::ordered_json labels = nlohmann::ordered_json::object();
  for (const auto& [name, text] : s.labels) labels[name] = text;
  if (kind != metric_kind::histogram) return {{"labels", std::move(labels)}, {"value", s.value}};
  nlohmann::ordered_json buckets = nlohmann::ordered_json::array();
  for (const auto& [upper, count] : s.buckets) buckets.push_back({{"le", upper}, {"count", count}});
  return {{"labels", std::move(labels)},
          {"count", s.count},
          {"sum", s.value},
          {"buckets", std::move(buckets)}};
}

std::string json_text(const metric_families& all) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const auto& f : all) {
    nlohmann::ordered_json samples = nlohmann::ordered_json::array();
    for (const auto& s : f.samples) samples.push_back(json_of(s, f.kind));
    const char* type = f.kind == metric_kind::counter ? "counter"
                       : f.kind == metric_kind::gauge ? "gauge"
                                                      : "histogram";
    out[f.name] = {{"type", type}, {"help", f.help}, {"samples", std::move(samples)}};
  }
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::string metrics_text(const metric_families& all, metrics_form form) {
  return form == metrics_form::json ? json_text(all) : prometheus_text(all);
}

}  // namespace pitwall
