// Job: the state store without a disk. Threads: any. Durable: nothing outlives the process.
// Tests: tests/storage/state_store_contract_test.cpp
#pragma once

#include <map>
#include <mutex>

#include "runtime/ports/state_store.hpp"

namespace pitwall::storage {

class memory_state_store final : public state_store {
 public:
  status put(std::string_view key, std::string_view bytes, durability how) override;
  status erase(std::string_view key, durability how) override;
  result<std::string> get(std::string_view key) const override;
  result<std::vector<std::pair<std::string, std::string>>> scan(
      std::string_view prefix) const override;
  result<std::string> put_definition(std::string_view text, durability how) override;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> entries_;
};

}  // namespace pitwall::storage
