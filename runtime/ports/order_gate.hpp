// Job: the valve in front of every venue. The emergency controller alone closes and opens it; order
//      routers and venue adapters read it, the adapter on its own I/O thread right before the bytes
//      leave.
// Why shared memory: "after a halt is acknowledged no order leaves" must not wait in any mailbox.
// Leases: on a worker nothing leaves but while the host has lent it the time for it, by the clock
//      since boot: whatever stopped the process in between.
// Terms: what a risk actor that died had let through, and its successor cannot know of, is void.
// Threads: read() and allows() from any thread; publish() by the emergency controller only. The
//      mutex is held for one copy of a pointer (libstdc++ 12's atomic<shared_ptr> is a spin lock
//      too, and ThreadSanitizer does not understand it).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/base/boot_clock.hpp"
#include "runtime/risk/emergency.hpp"

namespace pitwall {

/// Why an order does not leave, as its rejection says it.
struct permit_refusal {
  std::string code;  ///< `halted`, `permit_void`, or `not_sent` where a lease is over.
  std::string reason;
};

class order_gate {
 public:
  /// Starts closed: nothing may leave before the emergency state has been restored.
  order_gate();
  /// A worker's: besides, nothing leaves before lend_until() is called, nor after that time.
  explicit order_gate(std::shared_ptr<const boot_clock> of_lease);
  std::shared_ptr<const emergency_book> read() const noexcept;
  /// Whether an order granted in `epoch` may leave now.
  bool allows(const order_permit& permit) const noexcept;
  /// Nothing: it may leave now. Else what is true of its permit at this moment.
  std::optional<permit_refusal> refusal_of(const order_permit& permit) const;
  /// A worker's. Any thread.
  void lend_until(boot_time end) noexcept { lent_until_.store(end.count()); }
  /// How long what leaves now may be under way; nothing: as long as it likes. Any thread.
  std::optional<boot_time> time_left() const noexcept;
  /// Permits of earlier terms of the risk actor are good no more. Any thread.
  void void_before(std::uint32_t term) noexcept;
  bool is_void(const order_permit& permit) const noexcept { return permit.term < term_.load(); }
  std::uint32_t term() const noexcept { return term_.load(); }
  void publish(std::shared_ptr<const emergency_book> book) noexcept;
  /// The journal has failed: nothing leaves until a restart. Any thread.
  void close_for_good() noexcept;
  /// Called once it is closed for good, on the thread that has closed it, or at once where it is,
  /// and perhaps still once right after it was replaced. One at a time; null: nobody is. Must not
  /// throw; it may ask the gate.
  void on_closed_for_good(std::function<void()> told);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const emergency_book> book_;
  std::shared_ptr<const std::function<void()>> told_;  ///< Under the mutex; called without it.
  std::atomic<bool> failed_ = false;
  std::atomic<std::uint32_t> term_ = 0;
  const std::shared_ptr<const boot_clock> lease_clock_;  ///< Null: it needs no lease.
  std::atomic<std::int64_t> lent_until_ = 0;             ///< In nanoseconds.
};

}  // namespace pitwall
