// A journal full of unfinished executions, and a real host that recovers from it: within bounded
// memory, ready before they have ended, and every one ends. PITWALL_UNFINISHED says how many
// (./dev bench --large: 100,000); the figures are printed.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "net/client/host_client.hpp"
#include "runtime/workflow/json.hpp"
#include "storage/open.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/journals.hpp"
#include "tests/support/long_history.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

using clock = std::chrono::steady_clock;

std::uint64_t how_many() {
  const char* text = std::getenv("PITWALL_UNFINISHED");
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : 20'000;
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool memory_is_its_own = false;  // The sanitizer keeps what is freed.
#else
constexpr bool memory_is_its_own = true;
#endif

/// One host on a data directory, from the start of its process on.
class recovering {
 public:
  explicit recovering(const std::filesystem::path& data)
      : data_(data), began_(clock::now()), host_({pitwall_binary(), "serve", "--data-dir", data}) {}

  /// Asks until the answer is as wanted; how long that was after the start, in seconds.
  double until(std::string_view target, const std::function<bool(const http_reply&)>& wanted) {
    const auto give_up = began_ + std::chrono::minutes(5);
    while (clock::now() < give_up) {
      const auto c = host_client::connect(data_ / "control.sock");
      const auto answer = c.ok() ? c->request("GET", target) : result<http_reply>(c.error());
      if (answer.ok() && wanted(*answer))
        return std::chrono::duration<double>(clock::now() - began_).count();
      host_.read_line(std::chrono::milliseconds(20));  // Leaves the cores to the host.
    }
    FAIL(target << " did not become what it should");
    return 0;
  }
  double until_ready() {
    return until("/readyz", [](const http_reply& r) { return r.status == 200; });
  }
  double until_all_ended() {
    return until("/status", [](const http_reply& r) {
      const auto v = parse_json(r.body);
      const auto* recovery = v.ok() ? v->find("recovery") : nullptr;
      const auto* journal = v.ok() ? v->find("journal") : nullptr;
      return recovery != nullptr && journal != nullptr &&
             recovery->find("phase")->as_text() == "done" &&
             journal->find("open_executions")->as_number() == decimal(0);
    });
  }
  child_process& process() { return host_; }

 private:
  std::filesystem::path data_;
  clock::time_point began_;
  child_process host_;
};

void leave_unfinished(const std::filesystem::path& data, std::uint64_t count) {
  storage_options options;
  options.directory = data;
  const auto store = must(open_rocksdb(options));
  const auto id = must(store.states->put_definition(five_nodes, durability::async));
  long_history(1'000, id).write(*store.events, 0, count, false);
}

}  // namespace

TEST_CASE("a host recovers many unfinished executions within bounded memory", "[unfinished]") {
  const auto count = how_many();
  scratch_directory d;
  double empty_ready = 0;
  std::uint64_t empty_peak = 0;
  {
    recovering empty(d.path() / "empty");
    empty_ready = empty.until_ready();
    empty_peak = empty.process().peak_memory();
  }
  const auto data = d.path() / "data";
  leave_unfinished(data, count);
  recovering host(data);
  const auto ready = host.until_ready();
  const auto ready_peak = host.process().peak_memory();
  const auto ended = host.until_all_ended();
  const auto peak = host.process().peak_memory();
  std::printf(
      "%llu unfinished: ready after %.2f s (empty: %.2f s), all ended after %.2f s; peak memory "
      "%.1f MB when ready, %.1f MB at the end (empty: %.1f MB)\n",
      static_cast<unsigned long long>(count), ready, empty_ready, ended,
      static_cast<double>(ready_peak) / 1e6, static_cast<double>(peak) / 1e6,
      static_cast<double>(empty_peak) / 1e6);
  // What every unfinished execution may cost, and what a host has besides: its journal's buffers.
  constexpr std::uint64_t bytes_each = 3'500, bytes_besides = 48U << 20U;
  if (memory_is_its_own) CHECK(peak < empty_peak + bytes_besides + count * bytes_each);
  host.process().signal(SIGTERM);
  CHECK(host.process().wait() == 0);

  storage_options options;
  options.directory = data;
  options.read_only = true;
  const auto stats = must(must(open_rocksdb(options)).events->stats());
  CHECK(stats.executions == count);
  CHECK(stats.open_executions == 0);
}

}  // namespace pitwall::test
