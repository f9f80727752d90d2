// Job: figures as text: Prometheus's exposition format 0.0.4, or JSON (docs/metrics.md).
// Threads: pure. Tests: tests/host/metrics_text_test.cpp
#pragma once

#include <string>

#include "runtime/ports/metrics.hpp"

namespace pitwall {

std::string metrics_text(const metric_families& all, metrics_form form);

}  // namespace pitwall
