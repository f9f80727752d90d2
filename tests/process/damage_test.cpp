// What a user does about a damaged data directory, with the commands of docs/durability.md.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/process/workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

namespace fs = std::filesystem;

finished pitwall(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), pitwall_binary());
  return run_program(arguments);
}

std::ptrdiff_t lines_of(const fs::path& file) {
  std::ifstream in(file);
  return std::count(std::istreambuf_iterator<char>(in), {}, '\n');
}

/// A journal of its own, all of it in the log.
fs::path filled(const scratch_directory& d) {
  const auto data = d.path() / "data";
  const auto made = pitwall({"run", d.write("w.json", buys).string(), "--data-dir", data.string(),
                             "--repeat", "300", "--durability", "async"});
  INFO(made.err);
  REQUIRE(made.exit_code == 0);
  return data;
}

void bend_the_log(const fs::path& data) {
  for (const auto& file : fs::directory_iterator(data)) {
    if (file.path().extension() != ".log" || file.file_size() == 0) continue;
    std::fstream f(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(static_cast<std::streamoff>(file.file_size() / 2));
    f << "bent, and not what was written";
  }
}

}  // namespace

TEST_CASE("a damaged log: salvaged, and exported on both sides of the damage") {
  const scratch_directory d;
  const auto data = filled(d);
  const auto whole = d.path() / "whole.jsonl";
  REQUIRE(pitwall({"journal", "export", "--data-dir", data, "--out", whole}).exit_code == 0);
  bend_the_log(data);
  const auto refused = pitwall({"journal", "stats", "--data-dir", data});
  CHECK(refused.exit_code == 65);
  CHECK(refused.err.find("journal salvage") != std::string::npos);
  const auto salvaged = d.path() / "salvaged";
  REQUIRE(pitwall({"journal", "salvage", "--data-dir", data, salvaged}).exit_code == 0);
  CHECK(pitwall({"journal", "verify", "--data-dir", salvaged}).exit_code == 65);

  const auto before = d.path() / "before.jsonl";
  const auto cut = pitwall({"journal", "export", "--data-dir", salvaged, "--out", before});
  CHECK(cut.exit_code == 65);
  CHECK_FALSE(fs::exists(before));
  const auto kept = lines_of(before.string() + ".part");
  CHECK(kept > 100);
  const std::string says = "export the rest with --after ";
  const auto at = cut.err.find(says);
  REQUIRE(at != std::string::npos);
  const auto after = std::to_string(std::stoull(cut.err.substr(at + says.size())));
  const auto rest = d.path() / "rest.jsonl";
  REQUIRE(pitwall({"journal", "export", "--data-dir", salvaged, "--after", after, "--out", rest})
              .exit_code == 0);
  CHECK(lines_of(rest) > 100);
  CHECK(kept + lines_of(rest) < lines_of(whole));
  CHECK(lines_of(whole) - lines_of(rest) == std::stoll(after));
}

TEST_CASE("a disk that takes no more ends a batch with one word about it") {
  const scratch_directory d;
  const auto file = d.write("w.json", buys).string(), data = (d.path() / "data").string();
  // A file that may not grow is refused as by a full disk, where the signal for it is ignored.
  const auto f = run_program({"/bin/sh", "-c",
                              "trap '' XFSZ; ulimit -f 400; exec \"$0\" run \"$1\" --data-dir "
                              "\"$2\" --repeat 200000 --durability async",
                              pitwall_binary(), file, data});
  INFO(f.err.substr(0, 2'000));
  CHECK(f.exit_code == 66);
  CHECK(f.err.find("cannot write to the journal") != std::string::npos);
  CHECK(f.err.size() < 10'000);
  CHECK(pitwall({"journal", "verify", "--data-dir", data}).exit_code == 0);
}

}  // namespace pitwall::test
