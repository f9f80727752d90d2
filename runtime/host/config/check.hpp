// Job: what no key shows alone: values that contradict one another, and names that lead nowhere.
// Errors: all of them, each with the place of the value that has to change. Threads: pure.
// Tests: tests/host/config_check_test.cpp
#pragma once

#include "runtime/host/config/layers.hpp"

namespace pitwall::config {

void check(const settings& config, findings& wrong);

}  // namespace pitwall::config
