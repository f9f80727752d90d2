// What is left of a journal that no longer opens: everything that its remaining files hold.
#include "storage/salvage.hpp"

#include <algorithm>
#include <fstream>
#include <functional>

#include "storage/verify.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t executions = 3'000;

/// Sorted files, and a log.
storage_options filled(const temp_directory& directory) {
  auto options = small_options(directory);
  options.write_buffer_bytes = 64U << 10U;
  const auto s = must(open_quickly(options));
  const sample_workflow flow;
  for (std::uint64_t n = 0; n < executions; ++n) commit(*s.events, {flow.whole(n)});
  return options;
}

fs::path largest(const fs::path& directory, const std::string& kind) {
  fs::path best;
  std::uintmax_t most = 0;
  for (const auto& file : fs::directory_iterator(directory)) {
    if (file.path().extension() != kind || file.file_size() < most) continue;
    best = file.path();
    most = file.file_size();
  }
  REQUIRE_FALSE(best.empty());
  return best;
}

void bend_middle(const fs::path& file) {
  std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
  f.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
  f << "bent, and not what was written";
}

void salvage(const fs::path& from, const fs::path& to) {
  const auto made = salvage_journal(from, to);
  INFO((made.ok() ? std::string() : made.error().to_string()));
  REQUIRE(made.ok());
}

}  // namespace

TEST_CASE("a journal whose files are no longer told together is salvaged whole") {
  const temp_directory directory;
  const auto options = filled(directory);
  SECTION("CURRENT") { fs::remove(options.directory / "CURRENT"); }
  SECTION("the manifest") {
    for (const auto& file : fs::directory_iterator(options.directory))
      if (file.path().filename().string().starts_with("MANIFEST")) fs::remove(file.path());
  }
  REQUIRE(open_quickly(options).error().code == errc::data_loss);
  auto to = options;
  to.directory = directory / "salvaged";
  salvage(options.directory, to.directory);
  const auto report = must(verify_journal(to, {}));
  CHECK(report.found == 0);
  CHECK(report.events == 12 * executions);
  const auto s = must(open_quickly(to));
  CHECK(read_all(*s.events).size() == 12 * executions);
}

TEST_CASE("of a damaged log everything beside the damage is salvaged, and the hole is found") {
  const temp_directory directory;
  const auto options = filled(directory);
  bend_middle(largest(options.directory, ".log"));
  REQUIRE(open_quickly(options).error().code == errc::data_loss);
  auto to = options;
  to.directory = directory / "salvaged";
  salvage(options.directory, to.directory);
  // Where nothing could be read behind the damage, the end is missing: only a noted head tells
  // that.
  const auto found = must(verify_journal(to, {})).found;
  const auto s = must(open_quickly(to));
  CHECK((found > 0 || s.events->head() < 12 * executions));
  std::uint64_t seq = 0;
  event_query query;
  query.limit = 1;
  for (auto page = s.events->read(query); page.ok() && !page->at_end; page = s.events->read(query))
    seq = query.after = page->next_after;
  CHECK(seq > 12 * executions / 2);
  REQUIRE(seq < 12 * executions);
  query.after = seq + 3'000;
  if (query.after < 12 * executions) CHECK(s.events->read(query).ok());
}

TEST_CASE("a salvage touches neither what is there nor a journal in use") {
  const temp_directory directory;
  const auto options = filled(directory);
  CHECK(salvage_journal(directory / "nowhere", directory / "to").error().code == errc::not_found);
  fs::create_directory(directory / "there");
  CHECK(salvage_journal(options.directory, directory / "there").error().code ==
        errc::already_exists);
  const auto s = must(open_quickly(options));
  CHECK(salvage_journal(options.directory, directory / "to").error().code ==
        errc::failed_precondition);
  CHECK_FALSE(fs::exists(directory / "to"));
}
