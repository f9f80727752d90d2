#include "storage/halt_file.hpp"

#include <sys/stat.h>

#include <fstream>
#include <future>

#include "tests/support/catch.hpp"
#include "tests/support/temp_directory.hpp"

namespace pitwall {
namespace {

class silent_log final : public log_port {
 public:
  void write(log_level level, std::string_view, std::string_view, const log_context&) override {
    errors += level == log_level::error ? 1 : 0;
  }
  std::atomic<int> errors = 0;
};

const emergency_command a_halt{emergency_action::halt, "bot:b", "lost the feed", "me", "manual"};

status leave(halt_file& f) {
  std::promise<status> told;
  f.leave(a_halt, [&](status s) { told.set_value(std::move(s)); });
  return told.get_future().get();
}

}  // namespace

TEST_CASE("a marker is found by the next process, until it is lifted") {
  test::temp_directory directory;
  auto log = std::make_shared<silent_log>();
  CHECK_FALSE(halt_file::read(directory.path()));
  {
    halt_file f(directory.path(), log);
    REQUIRE(leave(f).ok());
    CHECK(halt_file::read(directory.path()) == "bot:b lost the feed");
    struct stat found {};
    REQUIRE(::stat((directory.path() / "HALTED").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600U);
    f.lift();
    f.lift();  // Nothing there any more: no error.
  }
  CHECK_FALSE(halt_file::read(directory.path()));
  CHECK(log->errors == 0);
}

TEST_CASE("a marker that cannot be read is one, and not an empty one") {
  test::temp_directory directory;
  std::filesystem::create_directory(directory.path() / "HALTED");
  CHECK(halt_file::read(directory.path()) == "the file itself cannot be read");
  std::filesystem::remove(directory.path() / "HALTED");
  std::ofstream(directory.path() / "HALTED").flush();
  CHECK(halt_file::read(directory.path()) == "");
}

TEST_CASE("what was left and lifted is done in that order") {
  test::temp_directory directory;
  auto log = std::make_shared<silent_log>();
  {
    halt_file f(directory.path(), log);
    for (int i = 0; i < 50; ++i) {
      f.leave(a_halt, [](const status&) {});
      f.lift();
    }
    f.leave(a_halt, [](const status&) {});
  }
  CHECK(halt_file::read(directory.path()));
}

TEST_CASE("a marker that cannot be written says why, and is logged") {
  test::temp_directory directory;
  auto log = std::make_shared<silent_log>();
  halt_file f(directory.path() / "gone", log);
  const auto s = leave(f);
  REQUIRE_FALSE(s.ok());
  CHECK(s.error().code == errc::io_error);
  CHECK(s.error().to_string().find("HALTED") != std::string::npos);
  CHECK(log->errors == 1);
}

TEST_CASE("a marker on a full disk is there, and its error does not say that it is not") {
  test::temp_directory directory;
  std::filesystem::create_symlink("/dev/full", directory.path() / "HALTED");
  auto log = std::make_shared<silent_log>();
  halt_file f(directory.path(), log);
  const auto s = leave(f);
  REQUIRE_FALSE(s.ok());
  CHECK(s.error().message.find("HALTED cannot be filled: No space left") != std::string::npos);
  CHECK(s.error().remedy.starts_with("it is there, and halts the next start"));
}

TEST_CASE("a file HALTED that somebody made by hand halts too, and so does one without a word") {
  test::temp_directory directory;
  std::ofstream(directory.path() / "HALTED").close();
  REQUIRE(halt_file::read(directory.path()));
  CHECK(halt_file::read(directory.path())->empty());
  REQUIRE(halt_file::remove(directory.path()).ok());
  CHECK_FALSE(halt_file::read(directory.path()));
}

}  // namespace pitwall
