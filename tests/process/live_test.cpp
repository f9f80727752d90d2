// /ws of a real host: clients that break off again and again, across its restarts and kills.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "net/client/host_client.hpp"
#include "tests/net/stream_client.hpp"
#include "tests/process/workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

// How many lives the host has, executions in one that ends, and events and connections at least: a
// sanitizer takes five times as long for each.
#ifdef __SANITIZE_ADDRESS__
constexpr int lives = 4;
constexpr std::size_t runs = 50, least = 500;
#else
constexpr int lives = 6;
constexpr std::size_t runs = 150, least = 2'000;
#endif

/// One host after another on one data directory.
class live_host {
 public:
  void launch(const std::string& durability) {
    process_ = std::make_unique<child_process>(std::vector<std::string>{
        binary, "serve", d_.write("w.json", buys).string(), "--data-dir", data().string(),
        "--durability", durability, "--port", "0", "--limit", "daily_loss_limit=none"});
    for (std::string line = process_->read_line(); !line.empty(); line = process_->read_line()) {
      const std::string there = "listening http://127.0.0.1:";
      if (line.starts_with(there))
        port = static_cast<std::uint16_t>(std::stoi(line.substr(there.size())));
      if (line.starts_with("ready:")) return;
    }
    FAIL("the host did not start");
  }
  void end(int signal) {
    process_->signal(signal);
    process_->wait();
    process_.reset();
  }
  std::filesystem::path data() const { return d_.path() / "data"; }
  std::filesystem::path socket() const { return data() / "control.sock"; }
  /// So many executions, one after the other; false: the host is gone.
  bool run(std::size_t count) const {
    const auto client = host_client::connect(socket());
    for (; count > 0 && client.ok(); --count) {
      if (!client->request("POST", "/api/v1/workflows/w/executions", {}).ok()) return false;
    }
    return client.ok();
  }
  std::uint64_t head() const {
    const auto client = host_client::connect(socket());
    REQUIRE(client.ok());
    const auto status = client->request("GET", "/status", {});
    REQUIRE(status.ok());
    return static_cast<std::uint64_t>(
        parse_json(status->body)->find("published_seq")->as_number().to_int().value());
  }
  std::vector<std::string> journal() const {
    std::vector<std::string> lines;
    std::istringstream all(
        run_program({binary, "journal", "export", "--data-dir", data().string()}).out);
    for (std::string line; std::getline(all, line);) lines.push_back(line);
    return lines;
  }

  std::atomic<std::uint16_t> port = 0;

 private:
  scratch_directory d_;
  std::unique_ptr<child_process> process_;
};

/// A client that is there as long as the test lives, but for the moments when it breaks off.
class restless_client {
 public:
  using dialer = std::function<stream_client()>;
  restless_client(dialer dial, unsigned seed)
      : dial_(std::move(dial)), random_(seed), thread_([this] { live(); }) {}
  ~restless_client() { finish(0); }

  /// Until it has seen the event with this seq.
  void finish(std::uint64_t last) {
    target_ = last;
    if (thread_.joinable()) thread_.join();
  }

  std::vector<std::string> seen, faults;  ///< Once finished.
  std::set<std::string> epochs;
  std::size_t connections = 0;

 private:
  bool done() const { return last_ >= target_; }

  void live() {
    while (!done()) {
      try {
        connect_once();
      } catch (const std::exception&) {
        // Nobody listens between two lives of the host: try again a moment later.
        std::mutex nobody;
        std::unique_lock lock(nobody);
        std::condition_variable().wait_for(lock, std::chrono::milliseconds(5));
      }
    }
  }

  void connect_once() {
    auto c = dial_();
    if (!c.connected()) throw std::runtime_error("no handshake");
    const auto epoch = c.hear_json().find("epoch")->as_text();
    epochs.insert(epoch);
    ++connections;
    c.say(R"({"op":"subscribe","all":true,"epoch":")" + epoch + R"(","after":)" +
          std::to_string(last_) + "}");
    for (auto left = random_() % 6; left > 0 && !done(); --left) {
      const auto text = c.hear();
      if (!text) return;
      take(*text);
    }
  }

  void take(const std::string& text) {
    const std::string event = R"({"op":"event","event":{"seq":)";
    if (text.starts_with(R"({"op":"error")")) faults.push_back(text);
    if (!text.starts_with(event)) return;
    const auto seq = std::stoull(text.substr(event.size()));
    if (seq != last_ + 1) faults.push_back("after " + std::to_string(last_) + ": " + text);
    last_ = seq;
    const std::size_t head = event.find("{\"seq\"");
    seen.push_back(text.substr(head, text.size() - head - 1));
  }

  const dialer dial_;
  std::mt19937 random_;
  std::uint64_t last_ = 0;
  std::atomic<std::uint64_t> target_ = ~std::uint64_t{0};
  std::thread thread_;
};

}  // namespace

TEST_CASE(
    "clients that break off thousands of times miss nothing, across ends and kills of the host") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  live_host host;
  std::vector<std::unique_ptr<restless_client>> clients;
  for (unsigned i = 0; i < 4; ++i) {
    restless_client::dialer dial = [&host] { return stream_client(host.socket(), "/ws"); };
    if (i % 2 == 1) dial = [&host] { return stream_client(host.port, "/ws"); };
    clients.push_back(std::make_unique<restless_client>(std::move(dial), seed + i));
  }
  for (int life = 0; life < lives; ++life) {
    host.launch("sync");
    std::thread driver([&] { host.run(life % 2 == 0 ? runs : 1'000'000); });
    if (life % 2 == 0) driver.join();
    const auto pause = 20 + random() % 60;
    for (std::size_t i = 0; i < pause; ++i) host.head();
    host.end(life % 2 == 0 ? SIGTERM : SIGKILL);
    if (driver.joinable()) driver.join();
  }
  host.launch("sync");
  REQUIRE(host.run(10));
  const auto head = host.head();
  // What comes behind it keeps a client that waits from waiting for long.
  std::atomic<bool> finished = false;
  std::thread driver([&] {
    while (!finished && host.run(1)) continue;
  });
  for (auto& c : clients) c->finish(head);
  finished = true;
  driver.join();
  host.end(SIGTERM);
  const auto journal = host.journal();
  std::size_t connections = 0;
  for (const auto& c : clients) {
    CHECK(c->faults.empty());
    CHECK(c->epochs.size() == 1);
    REQUIRE(c->seen.size() >= head);
    REQUIRE(c->seen.size() <= journal.size());
    for (std::size_t i = 0; i < c->seen.size(); ++i) {
      // As values: the command line writes 0.01 where the host writes 0.010.
      if (!(parse_json(c->seen[i]).value() == parse_json(journal[i]).value())) {
        CHECK(c->seen[i] == journal[i]);
      }
    }
    connections += c->connections;
  }
  CHECK(head > least);
  CHECK(connections > least);
}

TEST_CASE(
    "a killed host in async mode, whose last events a power cut could take, has a new epoch") {
  live_host host;
  std::vector<std::string> epochs;
  const auto greet = [&] {
    stream_client c(host.port, "/ws");
    epochs.push_back(c.hear_json().find("epoch")->as_text());
    c.say(R"({"op":"subscribe","all":true,"after":1,"epoch":")" + epochs.front() + "\"}");
    return c.hear_json();
  };
  host.launch("async");
  REQUIRE(host.run(5));
  CHECK(greet().find("op")->as_text() == "subscribed");
  host.end(SIGTERM);
  host.launch("async");
  CHECK(greet().find("op")->as_text() == "subscribed");
  host.end(SIGKILL);
  host.launch("async");
  CHECK(greet().find("code")->as_text() == "cursor_invalid");
  CHECK(epochs[0] == epochs[1]);
  CHECK(epochs[1] != epochs[2]);
}

TEST_CASE("a halt over /ws is in the journal once it is answered") {
  live_host host;
  host.launch("sync");
  stream_client c(host.port, "/ws");
  c.hear();
  c.say(R"({"op":"emergency","action":"halt","scope":"global","reason":"test","id":1})");
  const auto halted = c.hear_json();
  CHECK(halted.find("op")->as_text() == "emergency");
  CHECK(halted.find("state")->as_text() == "halt");
  CHECK(halted.find("result")->as_text() == "done");
  host.end(SIGKILL);
  const auto journal = host.journal();
  CHECK(std::any_of(journal.begin(), journal.end(), [](const std::string& line) {
    return line.find(R"("type":"emergency_state_changed")") != std::string::npos;
  }));
}

TEST_CASE("without tokens a host listens on no address beyond loopback") {
  scratch_directory d;
  const auto refused = run_program({binary, "serve", "--data-dir", (d.path() / "data").string(),
                                    "--port", "0", "--listen", "0.0.0.0"});
  CHECK(refused.exit_code == 64);
  CHECK(refused.err.find("no token is configured") != std::string::npos);
  CHECK(refused.err.find("listen on 127.0.0.1") != std::string::npos);
}

TEST_CASE("a host on any address names one for the test client that a browser can open") {
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  REQUIRE(run_program(
              {binary, "token", "create", "--name", "desk", "--scopes", "read", "--data-dir", data})
              .exit_code == 0);
  child_process host({binary, "serve", "--data-dir", data, "--port", "0", "--listen", "0.0.0.0",
                      "--insecure-plain"});
  CHECK(host.await_line("listening http://0.0.0.0:"));
  CHECK(host.await_line("test client http://localhost:"));
}

}  // namespace pitwall::test
