#include "storage/rocks/recent_records.hpp"

#include <algorithm>

#include "storage/rocks/seq_key.hpp"

namespace pitwall::storage {

result<open_record> recent_records::at(const database& db, std::uint64_t first_seq) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::find_if(kept_.begin(), kept_.end(), [&](const entry& e) {
      return e.record->first_seq() == first_seq;
    });
    if (known != kept_.end()) {
      std::rotate(kept_.begin(), known, known + 1);
      return kept_.front().record;
    }
  }
  PITWALL_TRY(bytes, db.get(family::events, seq_key(first_seq)));
  auto made = std::make_shared<opened>(std::move(bytes));
  PITWALL_TRY(reader, record_reader::open(made->bytes, first_seq));
  made->reader = std::move(reader);
  open_record record(made, &*made->reader);
  keep({made->bytes.size(), record});
  return record;
}

void recent_records::keep(entry made) {
  const std::lock_guard lock(mutex_);
  bytes_ += made.bytes;
  kept_.push_front(std::move(made));
  while (kept_.size() > 1 && (kept_.size() > max_records || bytes_ > max_bytes)) {
    bytes_ -= kept_.back().bytes;
    kept_.pop_back();
  }
}

}  // namespace pitwall::storage
