#include "runtime/ports/order_gate.hpp"

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

std::shared_ptr<const emergency_book> order_gate::read() const noexcept {
  const std::lock_guard lock(mutex_);
  return book_;
}

bool order_gate::allows(const order_permit& permit) const noexcept {
  return !failed_.load() && !is_void(permit) && read()->allows(permit);
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
  const std::lock_guard lock(mutex_);
  failed_.store(true);
  book_ = closed_book();
}

}  // namespace pitwall
