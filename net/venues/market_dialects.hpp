// Job: the venues whose public market data is known here, by the names that a configuration gives
//      them.
// Threads: pure. Tests: tests/net/market_dialects_test.cpp
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "net/venues/market_dialect.hpp"

namespace pitwall {

/// In the order in which they are shown.
const std::vector<std::string_view>& market_types();
/// Null: there is none of this name.
std::shared_ptr<const market_dialect> make_market_dialect(std::string_view type);

}  // namespace pitwall
