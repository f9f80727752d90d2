#include "tests/support/paths.hpp"

namespace pitwall::test {

std::string source_path(const std::string& below) { return PITWALL_SOURCE_DIR + below; }
std::string pitwall_binary() { return PITWALL_BINARY; }
std::string witness_binary() { return PITWALL_WITNESS; }
std::string stuck_disk_library() { return PITWALL_STUCK_DISK; }
std::string other_worker_binary() { return PITWALL_OTHER_WORKER; }

}  // namespace pitwall::test
