#include "runtime/risk/valuations.hpp"

#include <utility>

namespace pitwall {

value to_value(const std::vector<valuation>& all) {
  value::list out;
  for (const auto& v : all)
    out.push_back(value::object{{"after", decimal(static_cast<std::int64_t>(v.after))},
                                {"venue", v.where.first},
                                {"symbol", v.where.second},
                                {"price", v.price}});
  return out;
}

result<std::vector<valuation>> valuations_from(const value& v) {
  const error damaged{errc::data_loss, "the stored valuations do not make sense", {}, {}};
  if (!v.is_list()) return damaged;
  std::vector<valuation> all;
  for (const auto& stored : v.as_list()) {
    const auto *after = stored.find("after"), *venue = stored.find("venue"),
               *symbol = stored.find("symbol"), *price = stored.find("price");
    if (after == nullptr || !after->is_number() || venue == nullptr || !venue->is_text() ||
        symbol == nullptr || !symbol->is_text() || price == nullptr || !price->is_number())
      return damaged;
    const auto seq = after->as_number().to_int();
    if (!seq.ok() || *seq < 0) return damaged;
    all.push_back({static_cast<std::uint64_t>(*seq),
                   {std::string(venue->as_text()), std::string(symbol->as_text())},
                   price->as_number()});
  }
  return all;
}

status value_before(risk_books& books, const std::vector<valuation>& all, std::size_t& next,
                    std::uint64_t from, std::uint64_t seq) {
  status first = done{};
  for (; next < all.size() && all[next].after < seq; ++next) {
    // Of one as old as the snapshot nobody knows whether it is in it: again it changes nothing.
    if (all[next].after < from) continue;
    auto valued = books.value_at(all[next].where, all[next].price);
    if (!valued.ok() && first.ok()) first = std::move(valued);
  }
  return first;
}

}  // namespace pitwall
