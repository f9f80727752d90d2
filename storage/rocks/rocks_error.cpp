#include "storage/rocks/rocks_error.hpp"

#include <string>

#include "storage/codec/seal.hpp"

namespace pitwall::storage {

error rocks_error(const rocksdb::Status& s, std::string_view doing,
                  const std::filesystem::path& directory) {
  error e{errc::io_error, "cannot " + std::string(doing) + ": " + s.ToString(), directory.string(),
          "check the disk and the permissions of the data directory, then start again"};
  if (s.IsCorruption() || s.IsNotFound() || s.IsPathNotFound()) {
    e.code = errc::data_loss;
    e.remedy = damage_remedy;
  } else if (s.IsNoSpace()) {
    e.remedy = "free space on the disk of the data directory, then start again";
  } else if (s.IsIOError() && e.message.find("lock") != std::string::npos) {
    e.code = errc::failed_precondition;
    e.remedy = "stop the process that uses the data directory, or choose another one";
  } else if (s.IsBusy() || s.IsTryAgain() || s.IsTimedOut()) {
    e.code = errc::unavailable;
    e.remedy = "try again";
  }
  return e;
}

}  // namespace pitwall::storage
