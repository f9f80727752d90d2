#include "runtime/host/cli/file_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace pitwall::cli {

std::size_t raise_file_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return files_wanted;
  const auto most = std::min<rlim_t>(limit.rlim_max, files_wanted);
  if (limit.rlim_cur >= most) return limit.rlim_cur;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = most;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? most : before;
}

}  // namespace pitwall::cli
