// Three hosts that see each other, as real processes: their events across kills, and a halt that
// reaches those that live.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "net/client/host_client.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/net/stream_client.hpp"
#include "tests/process/workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();
constexpr std::chrono::seconds patience{60};

/// One that was free, and that the kernel gives to nobody who asks for any port.
std::uint16_t free_port() {
  static std::mt19937 random{std::random_device{}()};
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  do at.sin_port = htons(static_cast<std::uint16_t>(12'000 + random() % 18'000));
  while (::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0);
  ::close(fd);
  return ntohs(at.sin_port);
}

std::uint64_t whole(const value& v) {
  return static_cast<std::uint64_t>(v.as_number().to_int().value());
}

class fellow_host {
 public:
  fellow_host(const scratch_directory& d, std::string name, std::uint16_t at)
      : port(at), name_(std::move(name)), d_(d) {}

  void start(const std::map<std::string, std::uint16_t>& all) {
    std::string peers;
    for (const auto& [name, where] : all)
      if (name != name_)
        peers += (peers.empty() ? "\"" : ", \"") + name + R"(": {"url": "http://127.0.0.1:)" +
                 std::to_string(where) + R"("})";
    const auto config = d_.write(
        name_ + ".json", R"({"host": {"name": ")" + name_ + R"("}, "peers": {)" + peers + "}}");
    const auto file = d_.write(name_ + "-workflow.json", buys);
    process_ = std::make_unique<child_process>(std::vector<std::string>{
        binary, "serve", file.string(), "--config", config.string(), "--data-dir", data(), "--port",
        std::to_string(port), "--limit", "daily_loss_limit=none"});
    REQUIRE(process_->await_line("ready:"));
  }
  void end(int signal) {
    process_->signal(signal);
    process_->wait();
  }
  /// So many executions; false: the host is gone.
  bool run(std::size_t count) const {
    const auto client = host_client::connect(data() + "/control.sock");
    for (; count > 0 && client.ok(); --count)
      if (!client->request("POST", "/api/v1/workflows/" + name_ + "-workflow/executions", {}).ok())
        return false;
    return client.ok();
  }
  value get(const std::string& target) const {
    const auto client = host_client::connect(data() + "/control.sock");
    REQUIRE(client.ok());
    const auto reply = client->request("GET", target);
    REQUIRE(reply.ok());
    return parse_json(reply->body).value();
  }
  std::uint64_t head() const { return whole(*get("/status").find("published_seq")); }
  std::string emergency() const { return get("/api/v1/emergency").find("state")->as_text(); }
  finished cli(std::vector<std::string> words) const {
    words.insert(words.begin(), binary);
    words.insert(words.end(), {"--data-dir", data()});
    return run_program(words);
  }
  /// Until it has what it says of this peer.
  bool await_peer(const std::string& peer, const std::string& state) const {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      const auto hosts = get("/api/v1/hosts");
      for (const auto& h : hosts.find("hosts")->as_list())
        if (h.find("name")->as_text() == peer && h.find("state")->as_text() == state) return true;
      std::this_thread::yield();
    }
    return false;
  }
  std::string data() const { return (d_.path() / name_).string(); }
  const std::string& name() const { return name_; }

  const std::uint16_t port;

 private:
  const std::string name_;
  const scratch_directory& d_;
  std::unique_ptr<child_process> process_;
};

struct three_hosts {
  three_hosts() {
    std::map<std::string, std::uint16_t> ports;
    for (const char* name : {"ams", "nyc", "tyo"}) {
      ports[name] = free_port();
      all.emplace(name, std::make_unique<fellow_host>(d, name, ports[name]));
    }
    for (const auto& [name, one] : all) one->start(ports);
    places = ports;
  }
  ~three_hosts() = default;
  fellow_host& at(const std::string& name) { return *all.at(name); }

  scratch_directory d;
  std::map<std::string, std::unique_ptr<fellow_host>> all;
  std::map<std::string, std::uint16_t> places;
};

/// A viewer of one host who follows the others through it, and comes back with its cursors.
class wide_viewer {
 public:
  explicit wide_viewer(fellow_host& at) : at_(at) { connect(); }

  /// Until it has seen of each host all up to these.
  bool read_up_to(const std::map<std::string, std::uint64_t>& heads) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      const bool all = std::all_of(heads.begin(), heads.end(), [&](const auto& h) {
        return !seen[h.first].empty() && seen[h.first].back() >= h.second;
      });
      if (all) return true;
      const auto text = client_->hear();
      if (!text) {
        connect();
        continue;
      }
      take(parse_json(*text).value());
    }
    for (const auto& [host, seqs] : seen)
      UNSCOPED_INFO(host << " up to " << (seqs.empty() ? 0 : seqs.back()));
    return false;
  }
  void break_off() { connect(); }

  std::map<std::string, std::vector<std::uint64_t>> seen;
  std::map<std::string, std::string> epochs;
  std::vector<std::string> errors;

 private:
  void connect() {
    client_ = std::make_unique<stream_client>(at_.port, "/ws");
    value::object hosts;
    for (const char* name : {"ams", "nyc", "tyo"}) {
      if (name == at_.name()) continue;
      value::object cursor{{"after", decimal(static_cast<std::int64_t>(
                                         seen[name].empty() ? 0 : seen[name].back()))}};
      if (!epochs[name].empty()) cursor.emplace_back("epoch", epochs[name]);
      hosts.emplace_back(name, value(std::move(cursor)));
    }
    const auto own = seen[at_.name()].empty() ? 0 : seen[at_.name()].back();
    client_->say(R"({"op":"subscribe","all":true,"after":)" + std::to_string(own) + R"(,"hosts":)" +
                 to_json(value(std::move(hosts))) + "}");
  }
  void take(const value& frame) {
    const auto& op = frame.find("op")->as_text();
    if (op == "error") errors.push_back(to_json(frame));
    if (op != "event") return;
    const value& e = *frame.find("event");
    const value* origin = e.find("origin");
    const auto host = origin == nullptr ? at_.name() : origin->find("host")->as_text();
    if (origin != nullptr) {
      CHECK(*origin->find("seq") == *e.find("seq"));
      epochs[host] = origin->find("epoch")->as_text();
    }
    const auto* workflow = e.find("workflow_id");
    if (workflow->is_text()) CHECK(workflow->as_text() == host + "-workflow");
    seen[host].push_back(whole(*e.find("seq")));
  }

  fellow_host& at_;
  std::unique_ptr<stream_client> client_;
};

}  // namespace

TEST_CASE("three hosts: events of each are seen at the others once and in order, across kill -9") {
  three_hosts h;
  auto& ams = h.at("ams");
  for (const char* name : {"nyc", "tyo"}) REQUIRE(ams.await_peer(name, "ok"));
  wide_viewer viewer(ams);
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    for (const auto& [name, one] : h.all) REQUIRE(one->run(5));
    // It is killed while it works, and while it is listened to.
    std::thread busy([&] { h.at("tyo").run(200); });
    REQUIRE(viewer.read_up_to(
        {{"tyo", viewer.seen["tyo"].empty() ? 40 : viewer.seen["tyo"].back() + 40}}));
    h.at("tyo").end(SIGKILL);
    busy.join();
    if (round == 1) viewer.break_off();
    h.at("tyo").start(h.places);
    REQUIRE(h.at("tyo").run(5));
    REQUIRE(h.at("nyc").run(5));
  }
  std::map<std::string, std::uint64_t> heads;
  for (const auto& [name, one] : h.all) heads[name] = one->head();
  REQUIRE(viewer.read_up_to(heads));
  CHECK(viewer.errors == std::vector<std::string>{});
  for (const auto& [name, seqs] : viewer.seen) {
    CAPTURE(name);
    std::vector<std::uint64_t> expected(seqs.size());
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = i + 1;
    CHECK(seqs == expected);
    CHECK(seqs.size() >= heads[name]);
  }
  // What was told of it is what it has.
  const auto page = h.at("tyo").get("/api/v1/events?after=0&limit=1000");
  CHECK(page.find("events")->as_list().front().find("origin") == nullptr);
}

TEST_CASE("a halt without --all-hosts is this host's alone, though its peers hear of it") {
  three_hosts h;
  auto& ams = h.at("ams");
  for (const char* name : {"nyc", "tyo"}) {
    REQUIRE(ams.await_peer(name, "ok"));
    REQUIRE(h.at(name).await_peer("ams", "ok"));
  }
  const auto halt = ams.cli({"emergency", "halt", "--reason", "drill"});
  INFO(halt.out << halt.err);
  CHECK(halt.exit_code == 0);
  CHECK(halt.out.find("nyc") == std::string::npos);
  CHECK(ams.emergency() == "halt");
  for (const char* name : {"nyc", "tyo"}) {
    CAPTURE(name);
    REQUIRE(h.at(name).await_peer("ams", "halted"));
    CHECK(h.at(name).emergency() == "normal");
    const auto events = h.at(name).get("/api/v1/events?types=emergency_state_changed");
    CHECK(events.find("events")->as_list().empty());
    CHECK(h.at(name).run(1));
    REQUIRE(ams.await_peer(name, "ok"));
  }
}

TEST_CASE("a halt of all hosts reaches those that live, and says which it did not reach") {
  three_hosts h;
  auto& ams = h.at("ams");
  for (const char* name : {"nyc", "tyo"}) REQUIRE(ams.await_peer(name, "ok"));
  h.at("tyo").end(SIGKILL);
  REQUIRE(ams.await_peer("tyo", "unreachable"));
  const auto halt = ams.cli({"emergency", "halt", "--reason", "drill", "--all-hosts"});
  INFO(halt.out << halt.err);
  CHECK(halt.exit_code == 69);
  CHECK(halt.out.find("global: normal -> halt (done)") == 0);
  CHECK(halt.out.find("nyc: global: normal -> halt (done)") != std::string::npos);
  CHECK(halt.out.find("tyo: NOT REACHED: ") != std::string::npos);
  CHECK(ams.emergency() == "halt");
  CHECK(h.at("nyc").emergency() == "halt");
  REQUIRE(ams.await_peer("nyc", "halted"));
  const auto status = ams.cli({"emergency", "status"});
  INFO(status.out);
  CHECK(status.exit_code == 0);
  CHECK(status.out.find("(this one)  global  halt") != std::string::npos);
  CHECK(status.out.find("nyc         global  halt") != std::string::npos);
  CHECK(status.out.find("unreachable since") != std::string::npos);
  const auto hosts = ams.cli({"hosts"});
  INFO(hosts.out);
  CHECK(hosts.out.find("tyo: ") != std::string::npos);
  // The third one comes back as it was, and is halted by what reaches it now.
  h.at("tyo").start(h.places);
  REQUIRE(ams.await_peer("tyo", "ok"));
  const auto again = ams.cli({"emergency", "halt", "--all-hosts", "--json"});
  CHECK(again.exit_code == 0);
  const auto report = parse_json(again.out).value();
  CHECK(report.find("result")->as_text() == "unchanged");
  CHECK(report.find("all_hosts")->find("finished")->as_bool());
  CHECK(h.at("tyo").emergency() == "halt");
  // Each host's journal says who it was, and where it came from; nobody has passed it on.
  std::size_t changes = 0;
  const auto events = h.at("nyc").get("/api/v1/events?types=emergency_state_changed");
  for (const auto& e : events.find("events")->as_list()) {
    ++changes;
    CHECK(e.find("trigger")->as_text() == "all_hosts:ams");
    CHECK(e.find("reason")->as_text() == "drill");
  }
  CHECK(changes == 1);
  const auto resume = ams.cli({"emergency", "resume", "--reason", "over", "--all-hosts"});
  CHECK(resume.exit_code == 0);
  for (const auto& [name, one] : h.all) CHECK(one->emergency() == "normal");
}

}  // namespace pitwall::test
