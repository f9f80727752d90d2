// What a worker says of a connection that ended, against a host that is none.
#include "tests/net/worker_fixture.hpp"
#include "tests/process/worker_hosts.hpp"

namespace pitwall::test {

TEST_CASE("a worker that is sent a message too large for it says so", "[workers]") {
  worker_papers papers;
  gate_under_test gate(papers.context(papers.issue("hub", {"127.0.0.1"}), remote::side::host));
  const auto own = papers.issue("w1");
  scratch_directory d;
  logged_process worker(
      (d.path() / "w.log").string(),
      {"worker", "--join", "127.0.0.1:" + std::to_string(gate.gate->port()), "--certificate",
       own.certificate.string(), "--key", own.key.string(), "--authority", own.authority.string()});
  const auto [link, name] = gate.links.take();
  CHECK(name == "w1");
  std::string header(32, '\0');
  header[0] = 2;
  header[4] = '\x7f';
  say(link, header);
  CHECK(
      worker.await_log("the connection was ended: it announced a message of 2130706432 bytes; "
                       "the most is 8388608"));
}

TEST_CASE("each line of a worker's log says which worker it is of", "[workers]") {
  worker_papers papers;
  gate_under_test gate(papers.context(papers.issue("hub", {"127.0.0.1"}), remote::side::host));
  const auto own = papers.issue("w1");
  scratch_directory d;
  const bool json = GENERATE(false, true);
  const auto config =
      d.write("worker.json", json ? R"({"log": {"format": "json"}})" : R"({"log": {}})");
  logged_process worker((d.path() / "w.log").string(),
                        {"worker", "--join", "127.0.0.1:" + std::to_string(gate.gate->port()),
                         "--certificate", own.certificate.string(), "--key", own.key.string(),
                         "--authority", own.authority.string(), "--config", config.string()});
  // And ends it, which the worker tells: in which words goes by how far CAF had come with it.
  { const auto [link, name] = gate.links.take(); }
  REQUIRE(worker.await_log("warning"));
  worker.process().signal(SIGTERM);
  worker.process().wait();
  std::istringstream lines(worker.log());
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    CAPTURE(line);
    if (!json) {
      CHECK(line.find(" host=w1") != std::string::npos);
      continue;
    }
    const auto read = parse_json(line);
    REQUIRE(read.ok());
    REQUIRE(read->find("host") != nullptr);
    CHECK(read->find("host")->as_text() == "w1");
  }
  CHECK(count > 0);
}

}  // namespace pitwall::test
