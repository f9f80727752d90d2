// Job: the state store in the journal's database, in a family of its own.
// Threads: any; put() and erase() wait for their turn with the commits.
// Durable: as storage/open.hpp says. Errors: io_error, not_found.
// Tests: tests/storage/state_store_contract_test.cpp
#pragma once

#include <memory>

#include "runtime/ports/state_store.hpp"
#include "storage/rocks/database.hpp"

namespace pitwall::storage {

class rocksdb_state_store final : public state_store {
 public:
  explicit rocksdb_state_store(std::shared_ptr<database> db) : db_(std::move(db)) {}

  status put(std::string_view key, std::string_view bytes, durability how) override;
  status erase(std::string_view key, durability how) override;
  result<std::string> get(std::string_view key) const override;
  result<std::vector<std::pair<std::string, std::string>>> scan(
      std::string_view prefix) const override;
  result<std::string> put_definition(std::string_view text, durability how) override;

 private:
  std::shared_ptr<database> db_;
};

}  // namespace pitwall::storage
