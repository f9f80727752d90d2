#include "tests/support/paths.hpp"

namespace pitwall::test {

std::string source_path(const std::string& below) { return PITWALL_SOURCE_DIR + below; }
std::string pitwall_binary() { return PITWALL_BINARY; }
std::vector<std::string> waiting_pitwall(const std::vector<std::string>& words) {
  std::vector<std::string> all{"/usr/bin/env", "PITWALL__RECOVERY__VENUE_WAIT=20s",
                               pitwall_binary()};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}
std::vector<std::string> patient_pitwall(const std::vector<std::string>& words) {
  auto all = waiting_pitwall(words);
  all.insert(all.begin() + 1, "PITWALL__VENUES__SIM__RECV_WINDOW=20s");
  return all;
}
std::string witness_binary() { return PITWALL_WITNESS; }
std::string stuck_disk_library() { return PITWALL_STUCK_DISK; }
std::string other_worker_binary() { return PITWALL_OTHER_WORKER; }

}  // namespace pitwall::test
