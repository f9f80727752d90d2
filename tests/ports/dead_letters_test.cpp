#include "runtime/ports/dead_letters.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

struct counting_log final : log_port {
  void write(log_level level, std::string_view, std::string_view, const log_context&) override {
    ++lines;
    if (level == log_level::warning) ++warnings;
  }
  int lines = 0, warnings = 0;
};

}  // namespace

TEST_CASE("dead letters are counted by kind, and each kind is logged once") {
  auto log = std::make_shared<counting_log>();
  dead_letters letters(log);
  for (int i = 0; i < 3; ++i) letters.count("node", "run_attempt");
  letters.count("node", "order_answer");
  const auto all = letters.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].message == "order_answer");
  CHECK(all[0].count == 1);
  CHECK(all[1].to == "node");
  CHECK(all[1].count == 3);
  CHECK(log->lines == 2);
  CHECK(log->warnings == 2);
}

TEST_CASE("that an execution ended before its mail came is no warning") {
  auto log = std::make_shared<counting_log>();
  dead_letters letters(log);
  letters.count("execution", "halt_execution");
  CHECK(letters.all().at(0).count == 1);
  CHECK(log->lines == 1);
  CHECK(log->warnings == 0);
}

TEST_CASE("dead letters of ever new kinds take no more memory, and none is lost from the count") {
  dead_letters letters;
  constexpr std::size_t many = 2 * dead_letters::max_kinds;
  for (std::size_t i = 0; i < many; ++i) letters.count("node", std::to_string(i));
  const auto all = letters.all();
  CHECK(all.size() == dead_letters::max_kinds);
  std::uint64_t total = 0;
  for (const auto& k : all) total += k.count;
  CHECK(total == many);
}
