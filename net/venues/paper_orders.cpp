#include "net/venues/paper_orders.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {

paper_orders::paper_orders(std::size_t remembered)
    : remembered_(std::max<std::size_t>(remembered, 1)) {}

paper_orders::entry* paper_orders::find(std::string_view client_order_id) const {
  const auto found = all_.find(client_order_id);
  return found == all_.end() ? nullptr : found->second.get();
}

paper_orders::entry* paper_orders::find_open(matching::order_id id) const {
  const auto found = open_.find(id);
  return found == open_.end() ? nullptr : found->second;
}

paper_orders::entry& paper_orders::add(matching::order_id id, std::string client_order_id) {
  auto made = std::make_unique<entry>();
  entry& e = *made;
  e.id = id;
  e.report.client_order_id = std::move(client_order_id);
  all_.emplace(e.report.client_order_id, std::move(made));
  open_.emplace(id, &e);
  return e;
}

void paper_orders::end(entry& e) {
  if (open_.erase(e.id) == 0) return;
  if (ended_.size() < remembered_) {
    ended_.push_back(&e);
    return;
  }
  entry*& oldest = ended_[next_ended_];
  next_ended_ = (next_ended_ + 1) % remembered_;
  // By iterator: the key is a view into the very entry that goes.
  all_.erase(all_.find(oldest->report.client_order_id));
  oldest = &e;
}

std::vector<paper_orders::entry*> paper_orders::open() const {
  std::vector<entry*> out;
  out.reserve(open_.size());
  for (const auto& [_, e] : open_) out.push_back(e);
  std::sort(out.begin(), out.end(), [](const entry* a, const entry* b) { return a->id < b->id; });
  return out;
}

}  // namespace pitwall
