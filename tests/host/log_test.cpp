#include "runtime/host/log.hpp"

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_directory.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

/// What a log writes; the log's own thread waits at the door while it is shut.
class reader {
 public:
  std::function<void(std::string_view)> taker() {
    return [this](std::string_view line) {
      std::unique_lock lock(mutex_);
      ++arrived_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return open_; });
      lines_.emplace_back(line);
    };
  }
  void set_open(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  void await_arrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ > 0; });
  }
  /// Once the log is gone.
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  std::size_t arrived_ = 0;
  bool open_ = true;
};

std::shared_ptr<host_log> log_to(reader& to, log_form form, log_level least = log_level::debug,
                                 std::size_t queue = 8'192) {
  log_options o;
  o.form = form;
  o.least = least;
  o.queue_lines = queue;
  o.instead = to.taker();
  return open_log(o).value();
}

/// Everything that has tried to look like a second line, a colour, or the end of a string.
constexpr std::string_view hostile[] = {
    "one\ntwo",
    "\n{\"level\":\"error\",\"message\":\"forged\"}",
    "a\r\nb",
    "\"},{\"x\":\"",
    "\x1b[31mred\x1b[0m",
    "bad \xff\xfe utf-8 \xc3",
    "\xc2\x85next line",
    "back\\slash",
    "",
};

}  // namespace

TEST_CASE("each line is one JSON object with what it is about", "[log]") {
  reader r;
  log_to(r, log_form::json)
      ->write(log_level::warning, "event", "order_rejected: x",
              {"exec_w_1", "w", "buy", "arb", "spread", 77});
  REQUIRE(r.lines().size() == 1);
  const auto line = parse_json(r.lines()[0]);
  REQUIRE(line.ok());
  std::vector<std::string> names;
  for (const auto& [name, v] : line->as_object()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"timestamp", "level", "logger", "message", "execution_id",
                                          "workflow_id", "bot_id", "strategy_id", "node_id",
                                          "seq"});
  CHECK(line->find("level")->as_text() == "warning");
  CHECK(line->find("logger")->as_text() == "event");
  CHECK(line->find("message")->as_text() == "order_rejected: x");
  CHECK(line->find("execution_id")->as_text() == "exec_w_1");
  CHECK(line->find("workflow_id")->as_text() == "w");
  CHECK(line->find("node_id")->as_text() == "buy");
  CHECK(line->find("bot_id")->as_text() == "arb");
  CHECK(line->find("strategy_id")->as_text() == "spread");
  CHECK(line->find("seq")->as_number() == decimal(77));
  const auto& at = line->find("timestamp")->as_text();
  CHECK(at.size() == 27);
  CHECK(at.back() == 'Z');
}

TEST_CASE("a JSON line says which host it is of, a line for people where that is wanted", "[log]") {
  const bool shown = GENERATE(false, true);
  for (const auto form : {log_form::json, log_form::text}) {
    reader r;
    log_options o;
    o.form = form;
    o.host = "hub";
    o.shows_host = shown;
    o.instead = r.taker();
    log_context of_w;
    of_w.workflow_id = "w";
    open_log(o).value()->write(log_level::info, "host", "m", of_w);
    REQUIRE(r.lines().size() == 1);
    const auto& line = r.lines()[0];
    CAPTURE(line);
    CHECK((line.find(R"("message":"m","host":"hub","workflow_id":"w")") != line.npos) ==
          (form == log_form::json));
    CHECK((line.find(": m host=hub workflow=w") != line.npos) == (form == log_form::text && shown));
    CHECK((line.find("hub") != line.npos) == (form == log_form::json || shown));
  }
}

TEST_CASE("nothing in a message makes a second line, or a line that is no JSON", "[log]") {
  for (const auto text : hostile) {
    CAPTURE(std::string(text));
    reader r;
    log_to(r, log_form::json)->write(log_level::info, text, text, {text, text, text, text, text});
    REQUIRE(r.lines().size() == 1);
    const auto& line = r.lines()[0];
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(line.find('\x1b') == std::string::npos);
    const auto parsed = parse_json(line);
    REQUIRE(parsed.ok());
    CHECK(parsed->find("level")->as_text() == "info");
    if (text.find('\xff') == text.npos) CHECK(parsed->find("message")->as_text() == text);
  }
}

TEST_CASE("nor in a line for people", "[log]") {
  for (const auto text : hostile) {
    CAPTURE(std::string(text));
    reader r;
    log_to(r, log_form::text)->write(log_level::info, text, text, {text, text, text, text, text});
    REQUIRE(r.lines().size() == 1);
    const auto& line = r.lines()[0];
    CHECK(line.find('\n') == line.size() - 1);
    for (const char c : line.substr(0, line.size() - 1))
      CHECK(static_cast<unsigned char>(c) >= 0x20U);
  }
  reader r;
  log_to(r, log_form::text)->write(log_level::error, "event", "a\nb", {"e", "w", "n", "b", "s", 3});
  CHECK(r.lines()[0].find(" error event: a\\nb execution=e bot=b node=n seq=3\n") !=
        std::string::npos);
}

TEST_CASE("the level can change while the log is used", "[log]") {
  reader r;
  auto log = log_to(r, log_form::text, log_level::warning);
  CHECK_FALSE(log->wants(log_level::info));
  log->write(log_level::info, "a", "unseen");
  log->set_level(log_level::debug);
  CHECK(log->wants(log_level::debug));
  log->write(log_level::debug, "a", "seen");
  log.reset();
  REQUIRE(r.lines().size() == 1);
  CHECK(r.lines()[0].find("seen") != std::string::npos);
}

TEST_CASE("who writes never waits: what is too much is let go of, counted, and told", "[log]") {
  constexpr std::size_t queue = 64, written = 1'000;
  for (const auto form : {log_form::text, log_form::json}) {
    reader r;
    r.set_open(false);
    auto log = log_to(r, form, log_level::debug, queue);
    log->write(log_level::info, "a", "first");
    r.await_arrival();  // It stands at the door: the queue is empty, and fills.
    for (std::size_t i = 0; i < written; ++i)
      log->write(log_level::info, "a", "number " + std::to_string(i));
    const auto lost = log->dropped();
    CHECK(lost == written - queue);
    r.set_open(true);
    log.reset();
    const auto& lines = r.lines();
    REQUIRE(lines.size() == 1 + 1 + queue);
    CHECK(lines[1].find(std::to_string(lost) + " lines were let go of") != std::string::npos);
    if (form == log_form::json) CHECK(parse_json(lines[1]).ok());
    // The newest are there.
    CHECK(lines.back().find("number " + std::to_string(written - 1)) != std::string::npos);
  }
}

TEST_CASE("many threads write whole lines", "[log]") {
  reader r;
  {
    const auto log = log_to(r, log_form::json, log_level::debug, 100'000);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 1'000; ++i) log->write(log_level::info, "t", std::string(50, 'x'));
      });
    for (auto& t : threads) t.join();
  }
  CHECK(r.lines().size() == 4'000);
  for (const auto& line : r.lines()) REQUIRE(parse_json(line).ok());
}

TEST_CASE("a file is set aside when it has grown, and only so many are kept", "[log]") {
  const temp_directory d;
  log_options o;
  o.form = log_form::json;
  o.file = d / "host.log";
  o.max_file_bytes = 4'096;
  o.kept_files = 2;
  {
    const auto log = open_log(o).value();
    for (int i = 0; i < 200; ++i)
      log->write(log_level::info, "a", "line " + std::to_string(i) + std::string(100, '.'));
  }
  std::size_t files = 0, last = 0;
  for (const auto& entry : std::filesystem::directory_iterator(d.path())) {
    ++files;
    CHECK(entry.file_size() <= 4'096);
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      REQUIRE(parse_json(line).ok());
      if (line.find("line 199.") != std::string::npos) ++last;
    }
  }
  CHECK(files == 3);
  CHECK(last == 1);
}

TEST_CASE("a file that cannot be opened is an error with its name", "[log]") {
  const temp_directory d;
  std::ofstream(d / "file") << "x";
  log_options o;
  o.file = d / "file/host.log";
  const auto log = open_log(o);
  REQUIRE_FALSE(log.ok());
  CHECK(log.error().code == errc::io_error);
  CHECK(log.error().where == o.file.string());
  CHECK_FALSE(log.error().remedy.empty());
}
