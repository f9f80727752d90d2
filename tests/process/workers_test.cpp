// `pitwall cert`, `hosts` and `worker` from outside: real processes, certificates and sockets.
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <random>

#include "tests/process/worker_hosts.hpp"
#include "tests/process/workflows.hpp"
#include "tests/support/documented_metrics.hpp"
#include "tests/support/exposition.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string text(const value& v, const char* name) { return v.find(name)->as_text(); }
std::int64_t number(const value& v, const char* name) {
  return v.find(name)->as_number().to_int().value_or(-1);
}

}  // namespace

TEST_CASE("certificates are made once, for their owner's eyes", "[workers]") {
  scratch_directory d;
  const auto ca = (d.path() / "ca").string();
  const auto cert = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {pitwall_binary(), "cert"});
    words.insert(words.end(), {"--dir", ca});
    return run_program(words);
  };
  CHECK(cert({"issue", "w1"}).exit_code == 64);
  REQUIRE(cert({"init"}).exit_code == 0);
  CHECK(cert({"init"}).exit_code == 64);
  const auto made = cert({"issue", "hub", "--host", "127.0.0.1", "--host", "hub.example"});
  CHECK(made.exit_code == 0);
  CHECK(made.out == ca + "/hub.crt\n" + ca + "/hub.key\n");
  CHECK(cert({"issue", "hub"}).exit_code == 64);
  CHECK(cert({"issue", "a/b"}).exit_code == 64);
  struct stat s {};
  REQUIRE(stat((ca + "/hub.key").c_str(), &s) == 0);
  CHECK((s.st_mode & 0777U) == 0600);
}

TEST_CASE("a worker joins, is listed, lost when it is killed, and comes back", "[workers]") {
  const certificate_desk desk;
  host_of_workers host(desk, buys);
  const auto papers = desk.issue("w1");
  std::optional<worker_of> worker;
  worker.emplace(desk, host, papers, "zone=eu,venue=kraken");
  const auto joined = host.await_worker("w1", "joined");
  CHECK(to_json(*joined.find("labels")) == R"(["venue=kraken","zone=eu"])");
  CHECK(text(joined, "version") == text(host.ask("GET", "/health"), "version"));
  CHECK(number(joined, "lease_left_ms") > 0);
  CHECK(worker->logged().await_log("joined host 'hub'"));

  const auto table = run_program({pitwall_binary(), "hosts", "--data-dir", host.data()});
  INFO(table.out << table.err);
  CHECK(table.exit_code == 0);
  CHECK(table.out.find("hub ") != std::string::npos);
  CHECK(table.out.find("venue=kraken,zone=eu") != std::string::npos);

  const auto began = std::chrono::steady_clock::now();
  worker->kill();
  host.await_worker("w1", "lost");
  // Its lease is a second; the kernel tells of the connection's end at once.
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));

  worker.emplace(desk, host, papers, "zone=eu,venue=kraken");
  const auto again = host.await_worker("w1", "joined", *joined.find("epoch"));
  CHECK(number(again, "epoch") > number(joined, "epoch"));
  worker->process().signal(SIGTERM);
  CHECK(worker->process().wait() == 0);
  host.await_gone("w1");
  CHECK(text(host.run(), "status") == "completed");
  host.process().signal(SIGTERM);
  CHECK(host.process().wait() == 0);
}

TEST_CASE("the host's metrics have each worker's state and lease", "[workers]") {
  const certificate_desk desk;
  host_of_workers host(desk, buys, {}, "20s");
  const auto page = [&] {
    const auto r =
        ask_socket(std::filesystem::path(host.data()) / "control.sock", {"GET", "/metrics"});
    return exposition(r.body);
  };
  CHECK(page().families.count("pitwall_worker_state") == 0);
  worker_of worker(desk, host, desk.issue("w1"), "");
  host.await_worker("w1", "joined");
  const auto with = page();
  CHECK(with.faults == std::vector<std::string>{});
  CHECK(with.sum("pitwall_worker_state", {{"worker", "w1"}}) == 1);
  CHECK(with.at("pitwall_worker_state", {{"worker", "w1"}, {"state", "joined"}}) +
            with.at("pitwall_worker_state", {{"worker", "w1"}, {"state", "suspect"}}) ==
        1);
  const auto lease = with.at("pitwall_worker_lease_seconds", {{"worker", "w1"}});
  CHECK(lease > 0);
  CHECK(lease < 20.1);  // A little longer than the worker's own: clocks may drift.
  CHECK(with.at("pitwall_worker_heard_age_seconds", {{"worker", "w1"}}) >= 0);
  CHECK(with.at("pitwall_worker_nodes", {{"worker", "w1"}}) == 0);
  CHECK(with.at("pitwall_metrics_missing", {{"part", "workers"}}) == 0);
  std::map<std::string, std::string> shown;
  for (const auto& [name, f] : with.families)
    if (name.starts_with("pitwall_worker_")) shown[name] = f.type;
  CHECK(documented_metrics("pitwall_worker_") == shown);
  worker.kill();
  host.await_worker("w1", "lost");
  const auto without = page();
  CHECK(without.at("pitwall_worker_state", {{"worker", "w1"}, {"state", "lost"}}) == 1);
  CHECK(without.at("pitwall_worker_lease_seconds", {{"worker", "w1"}}) == 0);
}

TEST_CASE("a worker that was stopped for longer than its lease joins again", "[workers]") {
  const certificate_desk desk;
  host_of_workers host(desk, buys);
  worker_of worker(desk, host, desk.issue("w1"), "");
  const auto joined = host.await_worker("w1", "joined");
  worker.process().signal(SIGSTOP);
  host.await_worker("w1", "lost");
  worker.process().signal(SIGCONT);
  host.await_worker("w1", "joined", *joined.find("epoch"));
  worker.process().signal(SIGTERM);
  CHECK(worker.process().wait() == 0);
}

TEST_CASE("a host that comes back finds its workers again by itself", "[workers]") {
  const certificate_desk desk;
  host_of_workers host(desk, buys);
  worker_of worker(desk, host, desk.issue("w1"), "zone=eu");
  const auto joined = host.await_worker("w1", "joined");
  host.kill();
  host.start();
  const auto again = host.await_worker("w1", "joined");
  // No epoch comes back, also over a restart of the host.
  CHECK(number(again, "epoch") > number(joined, "epoch"));
  CHECK(worker.logged().await_log("the connection to the host has ended"));
}

TEST_CASE("who is not of the authority gets nothing, and is told why in one message", "[workers]") {
  const certificate_desk desk;
  host_of_workers host(desk, buys);
  const auto foreign = desk.issue("stranger", {}, "foreign");
  const auto start = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{pitwall_binary(), "worker", "--join",
                                   "127.0.0.1:" + std::to_string(host.port)};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  };
  SECTION("without a certificate it does not start") { CHECK(start({}).exit_code == 64); }
  SECTION("with one that does not lead to the authority it was given it does not start") {
    const auto f = start({"--certificate", foreign.certificate, "--key", foreign.key, "--authority",
                          foreign.authority});
    CHECK(f.exit_code == 64);
    CHECK(f.err.find("does not lead to the authority") != std::string::npos);
  }
  SECTION("everything that is wrong is told at once") {
    const auto f = run_program({pitwall_binary(), "worker", "--join", "nowhere", "--labels", "a b",
                                "--certificate", "none.crt", "--key", "none.key", "--authority",
                                foreign.authority});
    CHECK(f.exit_code == 64);
    for (const auto* what : {"nowhere", "a b", "none.crt", "none.key"})
      CHECK(f.err.find(what) != std::string::npos);
  }
  SECTION("believing both authorities, it is refused by the host") {
    const auto both = desk.write("both.crt", [&] {
      std::ostringstream all;
      all << std::ifstream(foreign.authority).rdbuf()
          << std::ifstream(desk.at("foreign", "authority.crt")).rdbuf();
      return all.str();
    }());
    worker_of worker(desk, host, {foreign.certificate, foreign.key, both.string()}, "");
    CHECK(worker.logged().await_log("the host refuses this worker's certificate"));
    CHECK(host.logged().await_log("its certificate is not accepted"));
    CHECK(host.worker("stranger").is_null());
    worker.process().signal(SIGTERM);
    CHECK(worker.process().wait() == 0);
    const auto log = worker.logged().log();
    const std::string said = "the host refuses this worker's certificate";
    CHECK(log.find(said) == log.rfind(said));
  }
  CHECK(host.ask("GET", "/api/v1/hosts").find("hosts")->as_list().size() == 1);
}

TEST_CASE("a port for workers is opened with everything that it needs, or not at all",
          "[workers]") {
  const certificate_desk desk;
  const auto papers = desk.issue("hub", {"127.0.0.1"});
  const auto worker = desk.issue("w1");
  const auto serve = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{pitwall_binary(), "serve", "--data-dir",
                                   (desk.path() / "data").string()};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  };
  // There is no way to have it without certificates, on whatever address.
  for (const auto* listen : {"127.0.0.1:0", "0.0.0.0:0"}) {
    const auto f = serve({"--workers-listen", listen});
    CHECK(f.exit_code == 64);
    for (const auto* what : {"workers.certificate", "workers.key", "workers.authority"})
      CHECK(f.err.find(what) != std::string::npos);
  }
  const auto f =
      serve({"--workers-listen", "127.0.0.1:0", "--workers-certificate", worker.certificate,
             "--workers-key", papers.key, "--workers-authority", papers.authority});
  CHECK(f.exit_code == 64);
  CHECK(f.err.find("the certificate is not for a host") != std::string::npos);
  CHECK(f.err.find("w1.crt") != std::string::npos);
  CHECK(serve({"--workers-key", papers.key}).exit_code == 64);
}

TEST_CASE("where no worker can join, what asks for one is warned of as it is deployed",
          "[workers]") {
  scratch_directory d;
  const auto file = d.write("w.json", R"({"blocks": [
    {"id": "a", "type": "manual_trigger", "category": "triggers"},
    {"id": "b", "type": "manual_trigger", "category": "triggers", "placement": ["zone=eu"]},
    {"id": "c", "type": "manual_trigger", "category": "triggers", "placement": ["zone=us"]}]})");
  const auto f = run_program({pitwall_binary(), "run", file.string(), "--memory"});
  INFO(f.out << f.err);
  CHECK(f.err.find("/blocks/1/placement (block 'b'): warning: no worker can join this host, so "
                   "this block and 1 more will fail as unavailable") != std::string::npos);
  // A file is as good as before: another host may have workers.
  CHECK(run_program({pitwall_binary(), "validate", file.string()}).err.find("placement") ==
        std::string::npos);
}

TEST_CASE("garbage, silence and floods at the port leave a worker alone", "[workers]") {
  const certificate_desk desk;
  host_of_workers host(desk, buys, {}, "20s");
  const auto papers = desk.issue("w1");
  worker_of worker(desk, host, papers, "zone=eu");
  const auto joined = host.await_worker("w1", "joined");
  const auto memory = host.process().memory();
  const auto files = host.process().open_files();

  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  asio::io_context io;
  const tcp::endpoint there(asio::ip::address_v4::loopback(), host.port);
  {
    std::vector<tcp::socket> held;
    for (int i = 0; i < 1'000; ++i) {
      held.emplace_back(io).connect(there);
      boost::system::error_code ignored;
      std::string noise(random() % 2'000, '\0');
      for (auto& c : noise) c = static_cast<char>(random());
      if (i % 2 == 0) asio::write(held.back(), asio::buffer(noise), ignored);
    }
    CHECK(text(host.run(), "status") == "completed");
    CHECK(host.process().open_files() < files + 200);
  }
  // With a certificate, and then a message of 4 GiB by its own word.
  asio::ssl::context tls(asio::ssl::context::tls_client);
  const auto own = desk.issue("w2");
  tls.use_certificate_chain_file(own.certificate);
  tls.use_private_key_file(own.key, asio::ssl::context::pem);
  for (int i = 0; i < 20; ++i) {
    asio::ssl::stream<tcp::socket> peer(io, tls);
    peer.next_layer().connect(there);
    peer.handshake(asio::ssl::stream_base::client);
    std::string header(32, '\0');
    header[0] = 1;
    for (int k = 4; k < 8; ++k) header[k] = '\xff';
    boost::system::error_code ended;
    asio::write(peer, asio::buffer(header), ended);
    std::string all;
    asio::read(peer, asio::dynamic_buffer(all), ended);
    CHECK(ended);
  }
  CHECK(host.process().peak_memory() < memory + (200U << 20U));
  const auto still = host.await_worker("w1", "joined");
  CHECK(*still.find("epoch") == *joined.find("epoch"));
  CHECK(text(host.run(), "status") == "completed");
}

}  // namespace pitwall::test
