// Job: the journal's database without the journal: for tests that damage it.
#pragma once

#include <rocksdb/db.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/codec/bytes.hpp"
#include "tests/storage/lossy_fs.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {

class raw_database {
 public:
  explicit raw_database(const std::filesystem::path& directory) {
    std::vector<std::string> names;
    rocksdb::DBOptions options;
    options.env = quick_disk().env.get();
    REQUIRE(rocksdb::DB::ListColumnFamilies(options, directory.string(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    rocksdb::DB* raw = nullptr;
    REQUIRE(rocksdb::DB::Open(options, directory.string(), families, &handles_, &raw).ok());
    db_.reset(raw);
  }
  ~raw_database() {
    for (auto* each : handles_) db_->DestroyColumnFamilyHandle(each);
  }
  raw_database(const raw_database&) = delete;
  raw_database& operator=(const raw_database&) = delete;

  std::string get(const std::string& family, const std::string& key) {
    std::string bytes;
    REQUIRE(db_->Get({}, handle(family), key, &bytes).ok());
    return bytes;
  }
  void put(const std::string& family, const std::string& key, const std::string& bytes) {
    REQUIRE(db_->Put({}, handle(family), key, bytes).ok());
  }
  void erase(const std::string& family, const std::string& key) {
    REQUIRE(db_->Delete({}, handle(family), key).ok());
  }
  void add_family(const std::string& name) {
    rocksdb::ColumnFamilyHandle* made = nullptr;
    REQUIRE(db_->CreateColumnFamily({}, name, &made).ok());
    handles_.push_back(made);
  }
  void drop_family(const std::string& name) {
    const auto at = std::find_if(handles_.begin(), handles_.end(),
                                 [&](auto* each) { return each->GetName() == name; });
    REQUIRE(at != handles_.end());
    REQUIRE(db_->DropColumnFamily(*at).ok());
    REQUIRE(db_->DestroyColumnFamilyHandle(*at).ok());
    handles_.erase(at);
  }
  /// Keys and values, in order.
  std::vector<std::pair<std::string, std::string>> all(const std::string& family) {
    std::vector<std::pair<std::string, std::string>> rows;
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, handle(family)));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      rows.emplace_back(it->key().ToString(), it->value().ToString());
    }
    return rows;
  }
  std::size_t count(const std::string& family) { return all(family).size(); }
  static std::string seq_key(std::uint64_t seq) {
    std::string key;
    storage::put_big64(seq, key);
    return key;
  }

 private:
  rocksdb::ColumnFamilyHandle* handle(const std::string& family) {
    for (auto* each : handles_) {
      if (each->GetName() == family) return each;
    }
    FAIL("no family " << family);
    return nullptr;
  }
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace pitwall::test
