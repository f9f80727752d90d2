#include "storage/look.hpp"

#include "storage/rocks/directory_check.hpp"
#include "storage/rocks/directory_lock.hpp"

namespace pitwall {

bool holds_journal(const std::filesystem::path& directory) {
  return storage::holds_database(directory);
}

status check_unlocked(const std::filesystem::path& directory) {
  return storage::directory_lock::look(directory);
}

}  // namespace pitwall
