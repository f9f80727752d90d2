// Job: what starts workflows without a person, as the host wants it now: set by the host, read by
//      the scheduler and by those that listen for it.
// Threads: any; what was read does not change.
#pragma once

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/schedule/trigger_binding.hpp"

namespace pitwall {

/// Its triggers are as check_triggers() accepts them.
using trigger_set_ref = std::shared_ptr<const trigger_set>;

class trigger_table {
 public:
  explicit trigger_table(trigger_set first = {})
      : now_(std::make_shared<const trigger_set>(std::move(first))) {}

  void set(trigger_set next) { now_ = std::make_shared<const trigger_set>(std::move(next)); }
  trigger_set_ref read() const { return now_.load(); }

 private:
  std::atomic<trigger_set_ref> now_;
};

}  // namespace pitwall
