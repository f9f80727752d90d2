// Job: one value as the user wrote it -> as the host takes it, or what is wrong with it.
// Errors: invalid_argument, with a remedy and without a place, which the reader knows. What a
//      secret's key holds is not repeated. Threads: pure. Tests: tests/host/config_value_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.hpp"
#include "runtime/base/value.hpp"
#include "runtime/host/config/keys.hpp"

namespace pitwall::config {

/// `name`: the last part of its pointer, by which a limit is known.
/// Sizes become numbers, times the shortest way to write them; not set is null.
result<value> read(const key& k, const value& given, std::string_view name);
/// From a variable or a flag.
result<value> read_text(const key& k, std::string_view given, std::string_view name);
/// "a whole number from 1 to 65535"
std::string what_it_takes(const key& k);

struct range {
  decimal least, most;
};
/// Of a key that has bounds, in its own unit; times in microseconds.
range range_of(const key& k);
std::vector<std::string_view> words_of(const key& k);

}  // namespace pitwall::config
