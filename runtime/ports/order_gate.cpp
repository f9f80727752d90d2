#include "runtime/ports/order_gate.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {

namespace {

std::shared_ptr<const emergency_book> closed_book() {
  auto book = std::make_shared<emergency_book>();
  book->apply({"global", emergency_level::normal, emergency_level::halt});
  return book;
}

}  // namespace

order_gate::order_gate() : book_(closed_book()) {}

order_gate::order_gate(std::shared_ptr<const boot_clock> of_lease)
    : book_(closed_book()), lease_clock_(std::move(of_lease)) {}

std::optional<boot_time> order_gate::time_left() const noexcept {
  if (!lease_clock_) return std::nullopt;
  return std::max(boot_time(lent_until_.load()) - lease_clock_->now(), boot_time::zero());
}

std::shared_ptr<const emergency_book> order_gate::read() const noexcept {
  const std::lock_guard lock(mutex_);
  return book_;
}

bool order_gate::allows(const order_permit& permit) const noexcept {
  if (failed_.load() || is_void(permit) || !read()->allows(permit)) return false;
  const auto left = time_left();  // Last: whatever stopped the process before, it counts.
  return !left || *left > boot_time::zero();
}

std::optional<permit_refusal> order_gate::refusal_of(const order_permit& permit) const {
  if (failed_.load()) return permit_refusal{"halted", "the journal has failed; nothing was sent"};
  const auto book = read();
  if (!can_trade(book->effective(permit.venue, permit.bot_id, permit.strategy_id)))
    return permit_refusal{"halted", "trading is halted; nothing was sent"};
  if (is_void(permit))
    return permit_refusal{"permit_void",
                          "the risk actor that let it through has died; nothing was sent"};
  if (!book->allows(permit))
    return permit_refusal{"halted",
                          "a halt came after it was let through, and is lifted by now; nothing "
                          "was sent"};
  // Last: whatever stopped the process before, it counts.
  if (const auto left = time_left(); left && *left <= boot_time::zero())
    return permit_refusal{"not_sent", "the lease to send orders is over; nothing was sent"};
  return std::nullopt;
}

void order_gate::void_before(std::uint32_t term) noexcept {
  auto known = term_.load();
  while (known < term && !term_.compare_exchange_weak(known, term)) continue;
}

void order_gate::publish(std::shared_ptr<const emergency_book> book) noexcept {
  // No book, no trading: absence must never open the gate.
  const std::lock_guard lock(mutex_);
  if (book == nullptr || failed_.load()) book = closed_book();
  book_ = std::move(book);
}

void order_gate::close_for_good() noexcept {
  // The flag decides; the book follows, so that who reads it is granted nothing either.
  std::shared_ptr<const std::function<void()>> told;
  {
    const std::lock_guard lock(mutex_);
    failed_.store(true);
    book_ = closed_book();
    told = told_;
  }
  if (told) (*told)();
}

void order_gate::on_closed_for_good(std::function<void()> told) {
  const auto next = told ? std::make_shared<const std::function<void()>>(std::move(told)) : nullptr;
  {
    const std::lock_guard lock(mutex_);
    told_ = next;
  }
  if (next && failed_.load()) (*next)();
}

}  // namespace pitwall
