#include "storage/rocks/rocksdb_state_store.hpp"

#include "storage/state_shape.hpp"

namespace pitwall::storage {

status rocksdb_state_store::put(std::string_view key, std::string_view bytes, durability how) {
  rocksdb::WriteBatch batch;
  batch.Put(db_->handle(family::states), slice(key), slice(bytes));
  return db_->write(batch, how == durability::sync);
}

status rocksdb_state_store::erase(std::string_view key, durability how) {
  rocksdb::WriteBatch batch;
  batch.Delete(db_->handle(family::states), slice(key));
  return db_->write(batch, how == durability::sync);
}

result<std::string> rocksdb_state_store::get(std::string_view key) const {
  auto bytes = db_->get(family::states, key);
  if (!bytes.ok() && bytes.error().code == errc::not_found) return no_such_key(key);
  return bytes;
}

result<std::vector<std::pair<std::string, std::string>>> rocksdb_state_store::scan(
    std::string_view prefix) const {
  std::vector<std::pair<std::string, std::string>> found;
  const auto it = db_->iterate(family::states);
  for (it->Seek(slice(prefix)); it->Valid() && it->key().starts_with(slice(prefix)); it->Next()) {
    found.emplace_back(view(it->key()), view(it->value()));
  }
  PITWALL_CHECK(db_->ended_well(*it));
  return found;
}

result<std::string> rocksdb_state_store::put_definition(std::string_view text, durability how) {
  return store_definition(*this, text, how);
}

}  // namespace pitwall::storage
