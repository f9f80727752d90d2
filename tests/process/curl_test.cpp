// A host, asked by an independent client of HTTP: curl. Run by the test `curl`, where there is one.
#include <sstream>

#include "runtime/workflow/json.hpp"
#include "tests/process/port_host.hpp"
#include "tests/process/workflows.hpp"

namespace pitwall::test {
namespace {

const std::string starts = "/api/v1/workflows/w/executions";

std::vector<std::string> command(std::vector<std::string> arguments) {
  const std::vector<std::string> curl{"/usr/bin/env", "curl",       "--silent",
                                      "--show-error", "--max-time", "30"};
  arguments.insert(arguments.begin(), curl.begin(), curl.end());
  return arguments;
}
finished curl(std::vector<std::string> arguments) {
  auto f = run_program(command(std::move(arguments)));
  INFO(f.err);
  CHECK(f.exit_code == 0);
  return f;
}
/// The status alone.
std::string status(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--output", "/dev/null", "--write-out", "%{http_code}"});
  return curl(std::move(arguments)).out;
}
std::string text_of(const finished& f, std::string_view name) {
  const auto v = parse_json(f.out);
  INFO(f.out);
  REQUIRE(v.ok());
  const auto* m = v->find(name);
  return m != nullptr && m->is_text() ? m->as_text() : "";
}

struct plain_host : port_host {
  plain_host() : port_host(buys) {}
  std::string at(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(port) + target;
  }
};

}  // namespace

TEST_CASE("curl asks, starts and repeats on one connection", "[.curl]") {
  plain_host h;
  const auto twice =
      curl({"--write-out", " %{num_connects} %{http_version}\n", h.at("/livez"), h.at("/health")});
  std::istringstream lines(twice.out);
  std::string first, second;
  std::getline(lines, first);
  std::getline(lines, second);
  CHECK(first.ends_with(" 1 1.1"));
  CHECK(second.ends_with(" 0 1.1"));
  CHECK(status({"--head", h.at("/health")}) == "200");
  CHECK(status({"--http1.0", h.at("/health")}) == "200");
  CHECK(status({"--compressed", h.at("/metrics")}) == "200");
  CHECK(status({"--unix-socket", h.socket().string(), "http://localhost/health"}) == "200");
  CHECK(status({"--header", "Host: evil.example", h.at("/health")}) == "403");
  CHECK(status({"--request-target", h.at("/livez"), h.at("/")}) == "200");

  const auto ran = curl({"--request", "POST", h.at(starts + "?wait=20")});
  CHECK(text_of(ran, "status") == "completed");
  const std::vector<std::string> keyed{"--header", "Idempotency-Key: k", "--data", "",
                                       h.at(starts + "?wait=20")};
  const auto once = text_of(curl(keyed), "execution_id");
  CHECK(once.starts_with("exec_w_"));
  CHECK(text_of(curl(keyed), "execution_id") == once);
  CHECK(text_of(curl({"--json", "{}", h.at(starts + "?wait=20")}), "execution_id") != once);
  h.end();
}

TEST_CASE("curl sends files, announced or in chunks", "[.curl]") {
  plain_host h;
  // Above 1 MB curl waits for a 100 before it sends.
  std::string large(buys);
  large.insert(large.rfind('}'), R"(, "comment": ")" + std::string(1'010'000, 'x') + "\"");
  const auto file = h.write("large.json", large).string();
  const auto url = h.at("/api/v1/workflows/large");
  CHECK(status({"--upload-file", file, url}) == "200");
  CHECK(status({"--upload-file", file, "--header", "Transfer-Encoding: chunked", url}) == "200");
  CHECK(status({"--upload-file", file, "--header", "Expect:", url}) == "200");
  const auto too_large = h.write("huge.json", std::string(3'000'000, ' ')).string();
  CHECK(status({"--upload-file", too_large, url}) == "413");
  CHECK(status({"--upload-file", too_large, "--header", "Transfer-Encoding: chunked", "--header",
                "Expect:", url}) == "413");
  CHECK(status({"--request", "DELETE", url}) == "200");
  h.end();
}

TEST_CASE("curl follows the events, and resumes after the last one it saw", "[.curl]") {
  plain_host h;
  curl({"--request", "POST", h.at(starts + "?wait=20")});
  const auto read = [&](const std::vector<std::string>& how, std::size_t count) {
    auto arguments = command(how);
    arguments.insert(arguments.end(), {"--no-buffer", h.at("/api/v1/events/stream?after=0")});
    child_process stream(arguments);
    std::vector<std::string> ids;
    while (ids.size() < count) {
      // Between two events there is an empty line.
      const auto line = stream.read_line();
      if (line.starts_with("id: ")) ids.push_back(line.substr(4));
    }
    return ids;
  };
  CHECK(read({}, 5) == std::vector<std::string>{"1", "2", "3", "4", "5"});
  CHECK(read({"--header", "Last-Event-ID: 3"}, 2) == std::vector<std::string>{"4", "5"});
  CHECK(read({"--unix-socket", h.socket().string(), "--header", "Last-Event-ID: 1"}, 1) ==
        std::vector<std::string>{"2"});
  h.end();
}

TEST_CASE("curl shows a token under TLS", "[.curl]") {
  port_host h(buys, {}, true);
  const auto url = [&](const std::string& target) {
    return "https://localhost:" + std::to_string(h.port) + target;
  };
  const std::string trusts = h.tls.certificate.string();
  const std::string shows = "Authorization: Bearer " + h.token;
  // Nobody vouches for it.
  CHECK(run_program(command({url("/livez")})).exit_code == 60);
  CHECK(status({"--cacert", trusts, url("/livez")}) == "200");
  CHECK(status({"--cacert", trusts, url("/health")}) == "401");
  CHECK(status({"--cacert", trusts, "--header", shows, url("/health")}) == "200");
  CHECK(status({"--cacert", trusts, "--oauth2-bearer", h.token, url("/health")}) == "200");
  CHECK(status({"--cacert", trusts, "--user", "desk:" + h.token, url("/health")}) == "401");
  for (const auto* version : {"1.2", "1.3"}) {
    CAPTURE(version);
    CHECK(status({"--cacert", trusts, std::string("--tlsv") + version, "--tls-max", version,
                  "--header", shows, url("/health")}) == "200");
  }
  // What it would rather speak, the host does not: they agree on HTTP/1.1.
  const auto two =
      curl({"--cacert", trusts, "--http2", "--write-out", " %{num_connects}%{http_version}",
            "--header", shows, url("/livez"), url("/livez")});
  CHECK(two.out.find(" 11.1") != std::string::npos);
  CHECK(two.out.ends_with(" 01.1"));
  const auto ran =
      curl({"--cacert", trusts, "--header", shows, "--request", "POST", url(starts + "?wait=20")});
  CHECK(text_of(ran, "status") == "completed");
  h.end();
}

}  // namespace pitwall::test
