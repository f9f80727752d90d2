#include "bench/bare_journal.hpp"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "storage/codec/bytes.hpp"
#include "storage/rocks/options.hpp"

namespace pitwall::bench {

bare_journal::bare_journal(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  storage_options options;
  options.directory = directory;
  rocksdb::DB* opened = nullptr;
  const auto s = rocksdb::DB::Open(storage::database_options(options), directory.string(),
                                   storage::family_options(options), &handles_, &opened);
  if (!s.ok()) {
    std::fprintf(stderr, "%s\n", s.ToString().c_str());
    std::abort();
  }
  db_.reset(opened);
  std::mt19937_64 random(1);
  noise_.resize(1U << 20U);
  for (auto& c : noise_) c = static_cast<char>(random());
}

bare_journal::~bare_journal() {
  for (auto* each : handles_) db_->DestroyColumnFamilyHandle(each);
  db_->Close().PermitUncheckedError();
}

bool bare_journal::write(std::size_t bytes, bool sync) {
  const auto seq = next_.fetch_add(1);
  std::string key;
  storage::put_big64(seq, key);
  bytes = std::min(bytes, noise_.size() / 2);
  const auto from = seq * 977 % (noise_.size() / 2);
  rocksdb::WriteBatch batch;
  batch.Put(handles_[static_cast<std::size_t>(storage::family::events)], key,
            rocksdb::Slice(noise_.data() + from, bytes));
  rocksdb::WriteOptions how;
  how.sync = sync;
  return db_->Write(how, &batch).ok();
}

}  // namespace pitwall::bench
