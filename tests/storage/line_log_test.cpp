#include "storage/line_log.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

namespace pitwall {
namespace {

struct log_file {
  test::scratch_directory directory;
  std::filesystem::path path = directory.path() / "log";

  std::string bytes() const {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  void set(std::string_view text) const {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  }
  void write(const std::vector<std::string>& lines) const {
    auto opened = line_log::open(path);
    REQUIRE(opened.ok());
    for (const auto& l : lines) REQUIRE(opened->log->append(l).ok());
  }
};

const std::vector<std::string> three{"one", "two is longer", "three"};

}  // namespace

TEST_CASE("lines come back in their order, also those of several processes") {
  log_file f;
  f.write({"one"});
  f.write({"two is longer", "three"});
  const auto opened = line_log::open(f.path);
  REQUIRE(opened.ok());
  CHECK(opened->lines == three);
  CHECK(opened->cut_bytes == 0);
  CHECK(line_log::open(f.path).error().code == errc::already_exists);
}

TEST_CASE("a log that is cut anywhere gives the lines that are whole, and takes others") {
  log_file f;
  f.write(three);
  const auto whole = f.bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    f.set(whole.substr(0, size));
    std::size_t lines = 0;
    {
      const auto opened = line_log::open(f.path);
      REQUIRE(opened.ok());
      lines = opened->lines.size();
      CHECK(std::equal(opened->lines.begin(), opened->lines.end(), three.begin()));
      const auto kept = whole.substr(0, size).rfind('\n');
      CHECK(opened->cut_bytes == (kept == std::string::npos ? size : size - kept - 1));
      REQUIRE(opened->log->append("more").ok());
    }
    const auto again = line_log::open(f.path);
    REQUIRE(again.ok());
    REQUIRE(again->lines.size() == lines + 1);
    CHECK(again->lines.back() == "more");
  }
}

TEST_CASE("a byte that was changed in any line but the last is damage, with its line") {
  log_file f;
  f.write(three);
  const auto whole = f.bytes();
  const auto last = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    f.set(bytes);
    const auto opened = line_log::open(f.path);
    // These cannot be told from a write that was torn.
    if (at + 1 >= last) {
      REQUIRE(opened.ok());
      CHECK(opened->lines.size() == (at >= last ? 2 : 1));
      CHECK(opened->cut_bytes > 0);
      continue;
    }
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == errc::data_loss);
    const auto line = std::count(whole.begin(), whole.begin() + static_cast<long>(at), '\n') + 1;
    CHECK(opened.error().where.ends_with(":" + std::to_string(line)));
  }
}

TEST_CASE("a line that was taken out or moved is damage") {
  log_file f;
  f.write(three);
  const auto whole = f.bytes();
  const auto first = whole.find('\n') + 1, second = whole.find('\n', first) + 1;
  f.set(whole.substr(first));
  CHECK(line_log::open(f.path).error().code == errc::data_loss);
  f.set(whole.substr(first, second - first) + whole.substr(0, first) + whole.substr(second));
  CHECK(line_log::open(f.path).error().code == errc::data_loss);
}

TEST_CASE("other lines take the place of all, and the log goes on") {
  log_file f;
  auto opened = line_log::open(f.path);
  REQUIRE(opened.ok());
  for (const auto& l : three) REQUIRE(opened->log->append(l).ok());
  const std::vector<std::string> other{"all of it", "in two"};
  REQUIRE(opened->log->replace(other).ok());
  CHECK(opened->log->size() == f.bytes().size());
  REQUIRE(opened->log->append("more").ok());
  // The lock went over to the new file.
  CHECK(line_log::open(f.path).error().code == errc::already_exists);
  opened->log.reset();
  const auto again = line_log::open(f.path);
  REQUIRE(again.ok());
  CHECK(again->lines == std::vector<std::string>{"all of it", "in two", "more"});
}

TEST_CASE("what a crash leaves of a replacement is no part of the log") {
  log_file f;
  f.write(three);
  const auto whole = f.bytes();
  const auto next = f.path.string() + ".new";
  for (const std::size_t size : {std::size_t{0}, whole.size() / 2, whole.size()}) {
    std::ofstream(next, std::ios::binary) << whole.substr(0, size);
    const auto opened = line_log::open(f.path);
    REQUIRE(opened.ok());
    CHECK(opened->lines == three);
    CHECK_FALSE(std::filesystem::exists(next));
  }
}

TEST_CASE("a replacement that cannot be written leaves the old lines, and they go on") {
  log_file f;
  auto opened = line_log::open(f.path);
  REQUIRE(opened.ok());
  REQUIRE(opened->log->append("one").ok());
  std::filesystem::create_directory(f.path.string() + ".new");
  const std::vector<std::string> other{"other"};
  CHECK(opened->log->replace(other).error().code == errc::io_error);
  std::filesystem::remove(f.path.string() + ".new");
  REQUIRE(opened->log->append("two").ok());
  opened->log.reset();
  const auto again = line_log::open(f.path);
  REQUIRE(again.ok());
  CHECK(again->lines == std::vector<std::string>{"one", "two"});
}

TEST_CASE("a process killed while it appends and replaces keeps every line that it confirmed") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::size_t replaced = 0, left_over = 0;
  // Where a kill lands is chance: until each kind has been met.
  const auto met = [&] { return replaced > 0 && left_over > 0; };
  for (int round = 0; round < 60 || (!met() && round < 1'000); ++round) {
    log_file f;
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      // Lines are numbers; a replacement is one line, of the last number.
      auto opened = line_log::open(f.path);
      for (std::uint32_t n = 1; opened.ok(); ++n) {
        if (!opened->log->append(std::to_string(n)).ok()) break;
        if (::write(pipe[1], &n, sizeof n) != sizeof n) break;
        // So large that most of the time goes here.
        std::vector<std::string> all(40, std::string(2'000, ' '));
        all.push_back(std::to_string(n));
        if (n % 2 == 0 && !opened->log->replace(all).ok()) break;
      }
      ::_exit(1);
    }
    REQUIRE(child > 0);
    ::close(pipe[1]);
    const std::uint32_t wanted = 1 + random() % 12;
    std::uint32_t confirmed = 0;
    while (confirmed<wanted&& ::read(pipe[0], &confirmed, sizeof confirmed)> 0) {
    }
    // Somewhere within what comes after the confirmation.
    for (unsigned spin = random() % 200'000; spin > 0; --spin) asm volatile("");
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    for (std::uint32_t n = 0; ::read(pipe[0], &n, sizeof n) > 0;) confirmed = n;
    ::close(pipe[0]);
    if (std::filesystem::exists(f.path.string() + ".new")) ++left_over;
    const auto opened = line_log::open(f.path);
    if (!opened.ok()) FAIL(opened.error().to_string());
    REQUIRE_FALSE(opened->lines.empty());
    const auto last = std::stoul(opened->lines.back());
    CHECK(last >= confirmed);
    CHECK(last <= confirmed + 1);
    if (opened->lines.front().front() == ' ') {
      ++replaced;
      CHECK(opened->lines.size() >= 41);
    } else {
      CHECK(opened->lines.size() == last);
    }
  }
  CHECK(replaced > 0);
  if (left_over == 0) WARN("no kill left a file to clean up this time");
}

}  // namespace pitwall
