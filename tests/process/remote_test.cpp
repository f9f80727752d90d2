// The command line and a host elsewhere: the same commands over TLS with a token, and what is said
// where they do not get through.
#include "runtime/workflow/json.hpp"
#include "tests/process/guarded_host.hpp"
#include "tests/support/certificate.hpp"

namespace pitwall::test {
namespace {

bool has(const std::string& text, std::string_view part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

/// A host under TLS, and files with tokens for it.
class remote_host {
 public:
  remote_host()
      : mine(make_certificate(d.path(), "mine")),
        host({"--tls-cert", mine.certificate.string(), "--tls-key", mine.key.string()}) {
    token_file("reader", host.first_token());
    token_file("operator", host.make("operator", "read,trade,control"));
  }
  std::string url() const { return "https://localhost:" + std::to_string(host.port); }
  std::string file(const std::string& name) const { return (d.path() / name).string(); }
  std::string token_file(const std::string& name, const std::string& token) const {
    return d.write(name, token + "\n").string();
  }
  std::vector<std::string> command(std::vector<std::string> words, const std::string& who) const {
    words.insert(words.begin(), pitwall_binary());
    words.insert(words.end(), {"--host", url(), "--token-file", file(who), "--ca-file",
                               mine.certificate.string()});
    return words;
  }
  finished run(std::vector<std::string> words, const std::string& who) const {
    return run_program(command(std::move(words), who));
  }

  scratch_directory d;
  made_certificate mine;
  guarded_host host;
};

finished run_with(const std::vector<std::string>& environment, std::vector<std::string> words) {
  std::vector<std::string> all{"/usr/bin/env"};
  all.insert(all.end(), environment.begin(), environment.end());
  all.push_back(pitwall_binary());
  all.insert(all.end(), words.begin(), words.end());
  return run_program(all);
}

}  // namespace

TEST_CASE("what the command line shows of a host is the same from elsewhere", "[remote]") {
  remote_host h;
  const auto ran = h.host.ask("", "GET", "/livez");
  CHECK(ran.status == 0);  // Not in the clear.
  const std::vector<std::string> views[] = {{"events", "--json"},
                                            {"executions", "list", "--json"},
                                            {"emergency", "status", "--json"},
                                            {"bots", "list"},
                                            {"breakers", "list"},
                                            {"orders", "list", "--json"},
                                            {"positions", "--json"},
                                            {"journal", "head"},
                                            {"journal", "export"}};
  for (const auto& view : views) {
    CAPTURE(view.front());
    const auto here = h.host.cli(view), there = h.run(view, "reader");
    CHECK(there.exit_code == 0);
    CHECK(there.err.empty());
    CHECK(there.out == here.out);
  }
  CHECK(h.run({"risk"}, "reader").exit_code == 0);
  CHECK(h.run({"journal", "stats"}, "reader").exit_code == 0);
  CHECK(h.run({"executions", "show", "none"}, "reader").exit_code == 64);
}

TEST_CASE("who may is let steer from elsewhere, who may not is told what is lacking", "[remote]") {
  remote_host h;
  CHECK(h.run({"emergency", "halt", "--reason", "r", "--operator", "o"}, "operator").exit_code ==
        0);
  CHECK(has(h.host.cli({"emergency", "status"}).out, "halt"));
  for (const auto& words : {std::vector<std::string>{"emergency", "resume", "--reason", "r"},
                            {"breakers", "open", "paper/orders"},
                            {"journal", "prune", "--keep-events", "1"}}) {
    const auto refused = h.run(words, "reader");
    CHECK(refused.exit_code == 64);
    has(refused.err, "no scope `control`");
    has(refused.err, "pitwall token create --name NAME --scopes control");
  }
  CHECK(has(h.host.cli({"emergency", "status"}).out, "halt"));
  CHECK(h.run({"emergency", "resume", "--reason", "r"}, "operator").exit_code == 0);
  CHECK_FALSE(h.host.cli({"emergency", "status"}).out.find("halt") != std::string::npos);
}

TEST_CASE("events are followed from elsewhere as they happen", "[remote]") {
  remote_host h;
  child_process follower(h.command({"events", "--follow", "--json"}, "reader"));
  for (const char* action : {"halt", "resume"}) {
    REQUIRE(h.host.cli({"emergency", action, "--reason", "follow me"}).exit_code == 0);
    std::string line = follower.read_line();
    while (!line.empty() && line.find("emergency_state_changed") == std::string::npos)
      line = follower.read_line();
    has(line, "follow me");
  }
  follower.signal(SIGTERM);
  follower.wait();
  const auto refused = run_program({pitwall_binary(), "events", "--follow", "--host", h.url(),
                                    "--ca-file", h.mine.certificate.string()});
  CHECK(refused.exit_code == 64);
  has(refused.err, "--token-file");
}

TEST_CASE("a host that is not there, or not the one that was meant, is exit 69", "[remote]") {
  remote_host h;
  const auto other = make_certificate(h.d.path(), "other");
  const auto unreachable = [&](const std::string& url, const std::string& ca) {
    std::vector<std::string> words{pitwall_binary(), "emergency",       "halt", "--host", url,
                                   "--token-file",   h.file("operator")};
    if (!ca.empty()) words.insert(words.end(), {"--ca-file", ca});
    const auto ended = run_program(words);
    CHECK(ended.exit_code == 69);
    CHECK(ended.err.find(h.host.first_token().substr(3)) == std::string::npos);
    return ended.err;
  };
  has(unreachable(h.url(), other.certificate), "nobody trusted here");
  has(unreachable(h.url(), {}), "CA file");
  const auto port = ":" + std::to_string(h.host.port);
  has(unreachable("http://localhost" + port, {}), "https://");
  has(unreachable("https://localhost:1", {}), "cannot connect");
  CHECK(has(h.host.cli({"emergency", "status"}).out, "normal"));
}

TEST_CASE("what would reach the wrong host, or show a token to all, is refused", "[remote]") {
  remote_host h;
  const auto token = h.file("operator");
  const auto refused = [](const finished& f, std::string_view why) {
    CHECK(f.exit_code == 64);
    has(f.err + f.out, why);
  };
  const std::vector<std::string> status{"emergency", "status"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), status.begin(), status.end());
    return more;
  };
  refused(run_with({}, with({"--host", "http://10.0.0.1:8080", "--token-file", token})),
          "in the clear");
  refused(run_with({}, with({"--host", h.url(), "--data-dir", "x"})), "--data-dir");
  refused(run_with({"PITWALL_HOST=" + h.url(), "PITWALL_DATA_DIR=x"}, status), "two hosts");
  refused(run_with({}, with({"--token-file", token, "--data-dir", "x"})), "--host");
  refused(run_with({}, with({"--host", h.url(), "--token-file", h.file("none")})), "none");
  refused(run_with({}, with({"--host", h.url(), "--token-file", h.mine.key.string()})),
          "does not hold one token");
  const auto unknown = h.token_file("unknown", "pw_" + std::string(64, 'q'));
  const auto shown = h.run(status, "unknown");
  refused(shown, "unknown");
  refused(shown, "pitwall token create");
  CHECK(shown.err.find("qqqq") == std::string::npos);
  // What is written counts before the environment.
  const std::vector<std::string> there{"PITWALL_HOST=" + h.url(), "PITWALL_TOKEN_FILE=" + token,
                                       "PITWALL_CA_FILE=" + h.mine.certificate.string()};
  CHECK(run_with(there, status).exit_code == 0);
  CHECK(run_with(there, with({"--data-dir", h.host.data()})).exit_code == 0);
  CHECK(run_with({"PITWALL_DATA_DIR=" + h.host.data()}, status).exit_code == 0);
}

TEST_CASE("the environment's token and CA file are for the environment's host", "[remote]") {
  remote_host h;
  const std::vector<std::string> files{"PITWALL_TOKEN_FILE=" + h.file("operator"),
                                       "PITWALL_CA_FILE=" + h.mine.certificate.string()};
  const auto status = [&](const std::string& named, std::vector<std::string> more = {}) {
    auto environment = files;
    if (!named.empty()) environment.push_back("PITWALL_HOST=" + named);
    std::vector<std::string> words{"emergency", "status", "--host", h.url()};
    words.insert(words.end(), more.begin(), more.end());
    return run_with(environment, words);
  };
  CHECK(status(h.url()).exit_code == 0);
  for (const char* named : {"", "https://desk.example:8443"}) {
    CAPTURE(named);
    const auto ca = status(named);
    CHECK(ca.exit_code == 69);
    has(ca.err, "PITWALL_CA_FILE is for the host in PITWALL_HOST");
    const auto token = status(named, {"--ca-file", h.mine.certificate.string()});
    CHECK(token.exit_code == 64);
    has(token.err, "PITWALL_TOKEN_FILE is for the host in PITWALL_HOST");
  }
}

}  // namespace pitwall::test
