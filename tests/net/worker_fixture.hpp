// Job: certificates of an authority and of a foreign one, a gate for workers whose links a test
//      holds as CAF would, and workers that dial it.
#pragma once

#include <poll.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "net/access/certificate_authority.hpp"
#include "net/workers/mutual_tls.hpp"
#include "net/workers/worker_dial.hpp"
#include "net/workers/worker_gate.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_directory.hpp"

namespace pitwall::test {

inline constexpr std::chrono::seconds link_patience{20};

struct worker_papers {
  temp_directory d;
  access::certificate_files ours, foreign;

  worker_papers()
      : ours(*access::make_authority(d / "ours", "ours", system_wall_clock().now())),
        foreign(*access::make_authority(d / "foreign", "foreign", system_wall_clock().now())) {}
  remote::identity_files issue(const std::string& name, const std::vector<std::string>& hosts = {},
                               bool by_ours = true) const {
    const auto made = access::issue_certificate(d / (by_ours ? "ours" : "foreign"), {name, hosts},
                                                system_wall_clock().now());
    REQUIRE(made.ok());
    return {made->certificate, made->key, ours.certificate};
  }
  std::shared_ptr<boost::asio::ssl::context> context(const remote::identity_files& files,
                                                     remote::side of) const {
    std::vector<error> problems;
    auto made = remote::open_mutual_tls(files, of, problems);
    for (const auto& p : problems) UNSCOPED_INFO(p.to_string());
    REQUIRE(made != nullptr);
    return made;
  }
};

/// Ends that a test holds come through it, in order.
template <class T>
class awaited {
 public:
  void put(T one) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(one));
    came_.notify_all();
  }
  T take() {
    std::unique_lock lock(mutex_);
    REQUIRE(came_.wait_for(lock, link_patience, [&] { return !all_.empty(); }));
    T out = std::move(all_.front());
    all_.pop_front();
    return out;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<T> all_;
};

/// A frame of CAF's.
inline std::string frame_of(unsigned operation, std::string_view payload) {
  std::string out(32, '\0');
  out[0] = static_cast<char>(operation);
  const auto size = static_cast<std::uint32_t>(payload.size());
  for (unsigned i = 0; i < 4; ++i) out[4 + i] = static_cast<char>(size >> (24 - 8 * i));
  return out.append(payload);
}

inline bool is_ready(int fd, short events) {
  pollfd p{fd, events, 0};
  return ::poll(&p, 1, static_cast<int>(milliseconds(link_patience).count())) == 1;
}
inline void say(const remote::descriptor& to, std::string_view text) {
  while (!text.empty()) {
    REQUIRE(is_ready(to.get(), POLLOUT));
    const auto n = ::write(to.get(), text.data(), text.size());
    REQUIRE(n > 0);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}
/// So many bytes, or fewer where it ends before.
inline std::string hear(const remote::descriptor& from, std::size_t size) {
  std::string out(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    REQUIRE(is_ready(from.get(), POLLIN));
    const auto n = ::read(from.get(), out.data() + have, size - have);
    if (n <= 0) break;
    have += static_cast<std::size_t>(n);
  }
  out.resize(have);
  return out;
}
inline bool is_over(const remote::descriptor& link) { return hear(link, 1).empty(); }

class gate_under_test : public log_port {
 public:
  explicit gate_under_test(std::shared_ptr<boost::asio::ssl::context> tls,
                           remote::gate_options o = {}) {
    o.tls = std::move(tls);
    auto opened = remote::worker_gate::open(
        o,
        [this](remote::descriptor link, const std::string& name) {
          say(link, frame_of(0, "host"));  // As CAF does at once.
          links.put({std::move(link), name});
        },
        this);
    REQUIRE(opened.ok());
    gate = std::move(*opened);
  }
  ~gate_under_test() override { gate->stop(); }
  void write(log_level, std::string_view, std::string_view message, const log_context&) override {
    lines.put(std::string(message));
  }

  awaited<std::pair<remote::descriptor, std::string>> links;
  awaited<std::string> lines;
  std::unique_ptr<remote::worker_gate> gate;
};

class dialling_worker {
 public:
  dialling_worker(std::shared_ptr<boost::asio::ssl::context> tls, std::uint16_t port,
                  const std::string& host = "127.0.0.1")
      : dial_({host, port, std::move(tls), milliseconds(link_patience), milliseconds(5'000),
               8U << 20U, [this](const error& why) { lost.put(why); }}) {}

  /// The link, or why there is none.
  result<remote::descriptor> dial() {
    awaited<result<std::shared_ptr<remote::descriptor>>> answer;
    dial_.dial([&](auto r) { answer.put(std::move(r)); });
    auto r = answer.take();
    if (!r.ok()) return r.error();
    return std::move(**r);
  }
  awaited<error> lost;

 private:
  remote::worker_dial dial_;
};

}  // namespace pitwall::test
