#include "net/client/event_viewers.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "net/client/event_viewer.hpp"

namespace pitwall {

namespace asio = boost::asio;

namespace {

// More at once overflow the host's queue of connections that wait to be accepted.
constexpr std::size_t connecting_at_once = 64;
constexpr std::chrono::seconds silent_patience{5};

double cpu_seconds() {
  rusage r{};
  getrusage(RUSAGE_SELF, &r);
  const auto s = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return s(r.ru_utime) + s(r.ru_stime);
}

}  // namespace

struct event_viewers::parts {
  using clock = std::chrono::steady_clock;

  explicit parts(const setting& wanted)
      : there(asio::ip::address_v4::loopback(), wanted.port), work(io.get_executor()) {
    const auto all = wanted.viewers + (wanted.with_silent ? 1 : 0);
    for (std::size_t i = 0; i < all; ++i) {
      viewers.push_back(std::make_unique<event_viewer>(io, there, wanted.after, i == wanted.viewers,
                                                       counted, [this] { look(); }));
    }
  }

  /// On the thread of the viewers: `met` once it holds.
  void look() {
    if (awaited && awaited()) {
      awaited = nullptr;
      met.set_value();
    }
  }
  template <class F>
  void on_thread(F f) {
    std::promise<void> ran;
    asio::post(io, [&] {
      f();
      ran.set_value();
    });
    ran.get_future().wait();
  }
  bool await(std::function<bool()> condition, milliseconds patience) {
    std::future<void> answer;
    on_thread([&] {
      met = {};
      answer = met.get_future();
      awaited = std::move(condition);
      look();
    });
    const bool in_time = answer.wait_for(patience) == std::future_status::ready;
    on_thread([&] { awaited = nullptr; });
    return in_time;
  }
  template <class F>
  std::size_t count(F f) const {
    return static_cast<std::size_t>(std::count_if(viewers.begin(), viewers.end(), f));
  }

  asio::io_context io{1};
  asio::ip::tcp::endpoint there;
  tally counted;
  std::vector<std::unique_ptr<event_viewer>> viewers;
  std::function<bool()> awaited;
  std::promise<void> met;
  clock::time_point began;
  double cpu_before = 0;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::thread thread;
};

event_viewers::event_viewers(const setting& wanted) : parts_(std::make_unique<parts>(wanted)) {
  parts_->thread = std::thread([p = parts_.get()] { p->io.run(); });
}

event_viewers::~event_viewers() {
  parts_->io.stop();
  parts_->thread.join();
}

status event_viewers::connect(milliseconds patience) {
  auto& p = *parts_;
  const auto ready = [](const auto& v) { return v->is_ready(); };
  const auto give_up_at = parts::clock::now() + patience;
  for (std::size_t from = 0; from < p.viewers.size(); from += connecting_at_once) {
    const auto to = std::min(from + connecting_at_once, p.viewers.size());
    p.on_thread([&] {
      for (auto i = from; i < to; ++i) p.viewers[i]->start();
    });
    const auto left = std::chrono::duration_cast<milliseconds>(give_up_at - parts::clock::now());
    // Nobody is cut off before the first event: one that is lost cannot connect at all.
    const auto settled = [&p, ready, to] { return p.counted.lost > 0 || p.count(ready) >= to; };
    const bool in_time = p.await(settled, std::max(left, milliseconds(0)));
    std::string why = in_time ? "" : "it took too long";
    p.on_thread([&] {
      if (p.counted.lost > 0) why = p.counted.why;
    });
    if (!why.empty()) return {errc::unavailable, "not all viewers have caught up", why, {}};
  }
  return done{};
}

void event_viewers::begin() {
  auto& p = *parts_;
  p.on_thread([&] {
    p.counted = {};
    p.began = parts::clock::now();
    p.cpu_before = cpu_seconds();
  });
}

view_figures event_viewers::end(std::uint64_t target, milliseconds patience) {
  auto& p = *parts_;
  view_figures f;
  p.on_thread([&] {
    f.seconds = std::chrono::duration<double>(parts::clock::now() - p.began).count();
    f.cpu_seconds = cpu_seconds() - p.cpu_before;
    f.frames = p.counted.frames;
    f.bytes = p.counted.bytes;
    f.arrivals = p.counted.arrivals.release();
    p.counted.target = target;
  });
  const auto complete = [target](const auto& v) {
    return !v->is_silent() && v->last_seq() >= target;
  };
  const bool with_silent = p.viewers.back()->is_silent();
  f.viewers = p.viewers.size() - (with_silent ? 1 : 0);
  p.await([&p, complete, &f] { return p.count(complete) == f.viewers; }, patience);
  p.on_thread([&] {
    f.complete = p.count(complete);
    f.gaps = p.counted.gaps;
    f.duplicates = p.counted.duplicates;
    f.cut = p.counted.cut;
    f.lost = p.counted.lost;
    f.expired = p.counted.expired;
    f.why = p.counted.why;
  });
  if (!with_silent) return f;
  auto& silent = *p.viewers.back();
  p.on_thread([&] { silent.wake_up(); });
  p.await([&silent, target] { return silent.is_closed() || silent.last_seq() >= target; },
          silent_patience);
  p.on_thread([&] {
    f.silent_cut = silent.was_cut();
    f.silent_code = silent.close_code();
  });
  return f;
}

}  // namespace pitwall
