// The port for workers, and those who come to it: real sockets, real certificates.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <random>

#include "tests/net/worker_fixture.hpp"

namespace pitwall::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using remote::side;

tcp::endpoint at(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

/// A peer that does as it likes, with or without a certificate.
class rough_peer {
 public:
  rough_peer(asio::ssl::context& tls, std::uint16_t port) : stream_(io_, tls) {
    stream_.next_layer().connect(at(port));
    stream_.handshake(asio::ssl::stream_base::client, failure);
  }
  void say(std::string_view text) { asio::write(stream_, asio::buffer(text), failure); }
  /// All that comes until the gate ends it.
  std::size_t heard() {
    std::string all;
    return asio::read(stream_, asio::dynamic_buffer(all), failure);
  }
  boost::system::error_code failure;

 private:
  asio::io_context io_;
  asio::ssl::stream<tcp::socket> stream_;
};

struct world : worker_papers {
  std::shared_ptr<asio::ssl::context> host = context(issue("hub", {"127.0.0.1"}), side::host);
  std::shared_ptr<asio::ssl::context> worker = context(issue("w1"), side::worker);
};

void check_refused(const result<remote::descriptor>& r, std::string_view part) {
  REQUIRE_FALSE(r.ok());
  INFO(r.error().to_string());
  CHECK(r.error().code == errc::unavailable);
  CHECK(r.error().to_string().find(part) != std::string::npos);
  CHECK_FALSE(r.error().remedy.empty());
}

}  // namespace

TEST_CASE("a worker with a certificate gets a link, and what either end says arrives whole") {
  world w;
  gate_under_test gate(w.host);
  dialling_worker worker(w.worker, gate.gate->port());
  auto mine = worker.dial();
  REQUIRE(mine.ok());
  auto [theirs, name] = gate.links.take();
  CHECK(name == "w1");
  CHECK(hear(*mine, 36) == frame_of(0, "host"));
  say(*mine, frame_of(1, "node"));
  CHECK(hear(theirs, 36) == frame_of(1, "node"));
  const auto large = frame_of(2, std::string(3 << 20, 'y'));
  std::thread writes([&] { say(*mine, large); });
  CHECK(hear(theirs, large.size()) == large);
  writes.join();
  say(theirs, "anything of ours");
  CHECK(hear(*mine, 16) == "anything of ours");
  CHECK(gate.gate->counts().workers == 1);
  SECTION("the host's end ends both") {
    theirs = remote::descriptor();
    CHECK(is_over(*mine));
    CHECK(worker.lost.take().code == errc::unavailable);
  }
  SECTION("the worker's end ends both") {
    *mine = remote::descriptor();
    CHECK(is_over(theirs));
  }
  SECTION("the gate's end ends all") {
    gate.gate->stop();
    CHECK(is_over(*mine));
    CHECK(is_over(theirs));
  }
}

TEST_CASE("who has no certificate of the authority gets nothing, and hears why") {
  world w;
  gate_under_test gate(w.host);
  const auto foreign = w.issue("stranger", {}, false);
  asio::ssl::context theirs(asio::ssl::context::tls_client);
  theirs.use_certificate_chain_file(foreign.certificate.string());
  theirs.use_private_key_file(foreign.key.string(), asio::ssl::context::pem);
  SECTION("of another authority") {
    theirs.load_verify_file(w.ours.certificate.string());
    theirs.set_verify_mode(asio::ssl::verify_peer);
    dialling_worker stranger(std::shared_ptr<asio::ssl::context>(&theirs, [](auto*) {}),
                             gate.gate->port());
    check_refused(stranger.dial(), "refuses this worker's certificate");
    CHECK(gate.lines.take().find("certificate is not accepted") != std::string::npos);
  }
  SECTION("without one") {
    asio::ssl::context none(asio::ssl::context::tls_client);
    rough_peer peer(none, gate.gate->port());
    CHECK(peer.heard() == 0);
    CHECK(gate.lines.take().find("did not return a certificate") != std::string::npos);
  }
  SECTION("by an older TLS") {
    theirs.use_certificate_chain_file(w.issue("w2").certificate.string());
    SSL_CTX_set_max_proto_version(theirs.native_handle(), TLS1_2_VERSION);
    rough_peer peer(theirs, gate.gate->port());
    CHECK(peer.failure);
    CHECK(gate.lines.take().find("unsupported protocol") != std::string::npos);
  }
  CHECK(gate.gate->counts().let_in == 0);
}

TEST_CASE("a worker speaks to the host that it was told, and to no other") {
  world w;
  SECTION("another's certificate") {
    gate_under_test other(w.context(w.issue("other", {"10.9.9.9"}), side::host));
    check_refused(dialling_worker(w.worker, other.gate->port()).dial(), "not for 127.0.0.1");
  }
  SECTION("a host of another authority") {
    const auto foreign = w.issue("false", {"127.0.0.1"}, false);
    gate_under_test other(
        w.context({foreign.certificate, foreign.key, w.foreign.certificate}, side::host));
    check_refused(dialling_worker(w.worker, other.gate->port()).dial(), "nobody trusted here");
  }
  SECTION("a worker's certificate is none of a host") {
    std::vector<error> problems;
    CHECK(remote::open_mutual_tls(w.issue("w9"), side::host, problems) == nullptr);
    REQUIRE(problems.size() == 1);
    CHECK(problems.front().message == "the certificate is not for a host");
  }
  SECTION("nobody there") {
    gate_under_test gone(w.host);
    const auto port = gone.gate->port();
    gone.gate->stop();
    check_refused(dialling_worker(w.worker, port).dial(), "cannot connect");
  }
}

TEST_CASE("silence, garbage and floods keep no worker out, and cost little") {
  world w;
  remote::gate_options o;
  o.max_strangers_of_address = 4;
  gate_under_test gate(w.host, o);
  dialling_worker worker(w.worker, gate.gate->port());
  auto mine = worker.dial();
  REQUIRE(mine.ok());
  auto link = gate.links.take();
  say(*mine, frame_of(1, "node"));
  REQUIRE(hear(link.first, 36).size() == 36);

  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  asio::io_context io;
  std::vector<tcp::socket> peers;
  for (int i = 0; i < 300; ++i) {
    peers.emplace_back(io).connect(at(gate.gate->port()));
    std::string noise(random() % 400, '\0');
    for (auto& c : noise) c = static_cast<char>(random());
    boost::system::error_code ignored;
    if (i % 3 == 0) asio::write(peers.back(), asio::buffer(noise), ignored);
    // The beginning of a TLS handshake that goes no further.
    if (i % 3 == 1) asio::write(peers.back(), asio::buffer("\x16\x03\x01\x02", 4), ignored);
  }
  // They are all still there, and a worker comes all the same.
  dialling_worker second(w.context(w.issue("w2"), side::worker), gate.gate->port());
  auto more = second.dial();
  REQUIRE(more.ok());
  CHECK(gate.links.take().second == "w2");
  CHECK(gate.gate->counts().strangers <= o.max_strangers_of_address);
  CHECK(gate.gate->counts().let_in == 2);
  say(*mine, frame_of(2, "on"));
  CHECK(hear(link.first, 34) == frame_of(2, "on"));
}

TEST_CASE("who stays silent is let go in time") {
  world w;
  remote::gate_options o;
  SECTION("without a certificate") {
    o.handshake = milliseconds(50);
    gate_under_test gate(w.host, o);
    asio::io_context io;
    tcp::socket silent(io);
    silent.connect(at(gate.gate->port()));
    CHECK(gate.lines.take().find("no TLS handshake in time") != std::string::npos);
    char byte = 0;
    boost::system::error_code ec;
    CHECK(silent.read_some(asio::buffer(&byte, 1), ec) == 0);
    CHECK(ec);
  }
  SECTION("with one, and then without a word") {
    o.greeting = milliseconds(50);
    gate_under_test gate(w.host, o);
    dialling_worker worker(w.worker, gate.gate->port());
    auto mine = worker.dial();
    REQUIRE(mine.ok());
    CHECK(hear(*mine, 37).size() == 36);
    CHECK(is_over(*mine));
  }
}

TEST_CASE("a worker that sends what CAF cannot bear is let go, the others are not") {
  world w;
  gate_under_test gate(w.host);
  dialling_worker good(w.worker, gate.gate->port());
  auto mine = good.dial();
  REQUIRE(mine.ok());
  auto link = gate.links.take();
  say(*mine, frame_of(1, "node"));
  dialling_worker bad(w.context(w.issue("w2"), side::worker), gate.gate->port());
  auto theirs = bad.dial();
  REQUIRE(theirs.ok());
  auto other = gate.links.take();
  REQUIRE(hear(*theirs, 36).size() == 36);
  std::string header(32, '\0');
  header[0] = 2;
  header[4] = '\x7f';
  say(*theirs, frame_of(1, "nod2") + header);
  CHECK(is_over(*theirs));
  CHECK(gate.lines.take().find("'w2' was let go: it announced a message of") != std::string::npos);
  say(*mine, frame_of(2, "on"));
  CHECK(hear(link.first, 36 + 34) == frame_of(1, "node") + frame_of(2, "on"));
}

TEST_CASE("a node that comes back by a new connection ends its old one; another's name does not") {
  world w;
  gate_under_test gate(w.host);
  dialling_worker first(w.worker, gate.gate->port()), again(w.worker, gate.gate->port());
  auto old = first.dial();
  REQUIRE(old.ok());
  auto old_link = gate.links.take();
  say(*old, frame_of(1, "node"));
  REQUIRE(hear(old_link.first, 36).size() == 36);

  dialling_worker liar(w.context(w.issue("w2"), side::worker), gate.gate->port());
  auto his = liar.dial();
  REQUIRE(his.ok());
  auto his_link = gate.links.take();
  REQUIRE(hear(*his, 36).size() == 36);
  say(*his, frame_of(1, "node"));
  CHECK(is_over(his_link.first));
  say(*old, frame_of(2, "here"));
  CHECK(hear(old_link.first, 36) == frame_of(2, "here"));

  auto anew = again.dial();
  REQUIRE(anew.ok());
  auto link = gate.links.take();
  say(*anew, frame_of(1, "node"));
  CHECK(is_over(old_link.first));
  CHECK(hear(link.first, 36) == frame_of(1, "node"));
}

}  // namespace pitwall::test
