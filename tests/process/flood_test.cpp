// A host whose port is run into: connections that come and go, that stall, that leave no file
// descriptor. It serves those who ask, takes commands, and is afterwards what it was before.
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <thread>

#include "runtime/workflow/json.hpp"
#include "tests/process/port_host.hpp"
#include "tests/process/workflows.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t most_growth = 640U << 20U;  // What was freed stays there for a while.
#else
constexpr std::size_t most_growth = 32U << 20U;
#endif

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// A connection that is no client of anything.
class knock {
 public:
  explicit knock(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  knock(knock&& other) noexcept : connected(other.connected), fd_(std::exchange(other.fd_, -1)) {}
  knock(const knock&) = delete;
  knock& operator=(const knock&) = delete;
  ~knock() {
    if (fd_ >= 0) ::close(fd_);
  }
  void send(std::string_view bytes) const {
    static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  /// It ends with a reset instead of a farewell, and leaves no port in TIME_WAIT.
  void break_off() const {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  /// What comes first, within this time; nothing where nothing does.
  std::string hear(milliseconds patience) const {
    pollfd asked{fd_, POLLIN, 0};
    if (::poll(&asked, 1, static_cast<int>(patience.count())) <= 0) return {};
    char bytes[4'096];
    const auto n = ::recv(fd_, bytes, sizeof bytes, 0);
    return {bytes, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }
  bool connected;

 private:
  int fd_;
};

constexpr std::string_view livez = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What a client of TLS says first.
std::string client_hello() {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()),
                                                             &SSL_CTX_free);
  const std::unique_ptr<SSL, void (*)(SSL*)> client(SSL_new(context.get()), &SSL_free);
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), out);
  SSL_connect(client.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

/// Until nothing of what came is left; false: something stays.
bool settles(port_host& h, std::size_t files) {
  for (int i = 0; i < 20'000; ++i) {
    if (h.process().open_files() <= files) return true;
    ask_socket(h.socket(), {"GET", "/livez"});
  }
  return false;
}

/// Ten thousand come and go; every so often somebody asks.
void run_into(port_host& h, const std::vector<std::string>& greetings) {
  const auto files = h.process().open_files();
  const auto memory = h.process().memory();
  milliseconds slowest{0};
  for (std::size_t i = 0; i < 10'000; ++i) {
    const knock k(h.port);
    REQUIRE(k.connected);
    k.send(greetings[i % greetings.size()]);
    // Of an orderly end each costs this machine a port for a minute.
    if (i % 20 != 0) k.break_off();
    if (i % 500 != 0) continue;
    const auto asked = clock::now();
    CHECK(ask_socket(h.socket(), {"GET", "/health"}).status == 200);
    slowest = std::max(slowest, std::chrono::duration_cast<milliseconds>(clock::now() - asked));
  }
  CHECK(settles(h, files + 4));
  const auto after = h.process().memory();
  WARN("slowest answer " << slowest.count() << " ms; memory " << memory / 1024 << " to "
                         << after / 1024 << " KiB; files " << files << " to "
                         << h.process().open_files());
  CHECK(slowest < std::chrono::seconds(5));
  CHECK(after < memory + most_growth);
}

}  // namespace

TEST_CASE("ten thousand connections come and go, and a host is what it was before") {
  port_host h(buys);
  const std::string large =
      "GET /" + std::string(12'000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  run_into(
      h,
      {"", "", std::string(livez), "GET /livez HT", "\x16\x03\x01\x02", large,
       "PUT /api/v1/workflows/w HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{"});
  CHECK(ask_port(h.port, {"GET", "/health"}).status == 200);
  CHECK(ask_socket(h.socket(), {"POST", "/api/v1/workflows/w/executions?wait=20"}).status == 200);
  h.end();
}

TEST_CASE("so under TLS, with what is none among them") {
  port_host h(buys, {}, true);
  const auto hello = client_hello();
  run_into(h, {"", hello, hello.substr(0, hello.size() / 2), std::string(livez),
               std::string("\x16\x03\x01\xff\xff\x01", 6), std::string(300, '\xff')});
  CHECK(ask_socket(h.socket(), {"POST", "/api/v1/workflows/w/executions?wait=20"}).status == 200);
  h.end();
}

TEST_CASE("while handshakes are begun and left, a halt passes on control.sock") {
  port_host h(buys, {}, true);
  std::atomic<bool> enough = false;
  std::atomic<std::size_t> begun = 0;
  std::thread flood([&, hello = client_hello()] {
    std::deque<knock> open;
    while (!enough) {
      open.emplace_back(h.port);
      open.back().send(hello);
      open.back().break_off();
      if (open.size() > 300) open.pop_front();
      ++begun;
    }
  });
  while (begun < 1'000) std::this_thread::yield();
  milliseconds slowest{0};
  for (const auto* action : {"halt", "resume", "halt", "resume", "halt"}) {
    const auto asked = clock::now();
    const auto done = h.cli({"emergency", action, "--reason", "r", "--operator", "o"});
    slowest = std::max(slowest, std::chrono::duration_cast<milliseconds>(clock::now() - asked));
    CAPTURE(action, done.out, done.err);
    CHECK(done.exit_code == 0);
  }
  enough = true;
  flood.join();
  WARN("slowest command " << slowest.count() << " ms, over " << begun << " handshakes");
  CHECK(slowest < std::chrono::seconds(5));
  CHECK(ask_socket(h.socket(), {"GET", "/health"}).body.find("\"halted\"") != std::string::npos);
  h.end();
}

TEST_CASE("a host makes room for its files, and says so where there is none") {
  const auto limited = [](const std::string& limit) {
    scratch_directory d;
    child_process host({"/bin/sh", "-c", R"(ulimit $0 && exec "$@" 2>&1)", limit, pitwall_binary(),
                        "serve", "--data-dir", (d.path() / "data").string()});
    std::string said;
    for (auto line = host.read_line(); !line.empty(); line = host.read_line()) {
      said += line + "\n";
      if (line.starts_with("ready:")) break;
    }
    const auto may = host.file_limit();
    host.signal(SIGTERM);
    CHECK(host.wait() == 0);
    return std::pair(may, said);
  };
  const auto [few, complaint] = limited("-n 300");
  CHECK(few == 300);
  CHECK(complaint.find("only 300 files may be open (ulimit -n)") != std::string::npos);
  const auto [enough, nothing] = limited("-n 2000");
  CHECK(enough == 2'000);
  CHECK(nothing.find("files may be open") == std::string::npos);
  CHECK(limited("-S -n 300").first >= 1'024);
}

TEST_CASE("without a file descriptor left, a host waits for one, and goes on") {
  port_host h(buys);
  h.process().limit_files(h.process().open_files() + 10);
  std::deque<knock> open;
  for (int i = 0; i < 40; ++i) {
    open.emplace_back(h.port);
    REQUIRE(open.back().connected);
  }
  knock late(h.port);
  late.send(livez);
  const std::string complaint = "cannot accept connections";
  for (const auto until = clock::now() + std::chrono::seconds(20);
       h.log().find(complaint) == std::string::npos && clock::now() < until;)
    std::this_thread::yield();
  const auto busy = h.process().busy();
  CHECK(late.hear(milliseconds(1'000)).empty());
  const auto log = h.log();
  std::size_t complaints = 0;
  for (auto at = log.find(complaint); at != std::string::npos; at = log.find(complaint, at + 1))
    ++complaints;
  // It tries with growing pauses, and says so only where one has come in between.
  CHECK(complaints > 0);
  CHECK(complaints < 5);
  CHECK(h.process().busy() - busy < milliseconds(300));
  open.clear();
  CHECK(late.hear(std::chrono::seconds(20)).starts_with("HTTP/1.1 200 "));
  CHECK(ask_socket(h.socket(), {"POST", "/api/v1/workflows/w/executions?wait=20"}).status == 200);
  h.end();
}

}  // namespace pitwall::test
