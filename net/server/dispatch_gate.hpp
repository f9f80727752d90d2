// Job: the way into the server's threads from anywhere: completions of `control` arrive on threads
//      that the server does not know, perhaps after it is gone. A closed gate drops what comes.
// Threads: any. post() and work() only enqueue.
// Lifetime: shared by all who may post.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <mutex>
#include <utility>

namespace pitwall::http {

class dispatch_gate {
 public:
  dispatch_gate(boost::asio::io_context& io, boost::asio::thread_pool& workers)
      : io_(&io), workers_(&workers) {}

  /// Runs `f` on the I/O thread.
  template <class F>
  void post(F f) {
    const std::lock_guard lock(mutex_);
    if (io_ != nullptr) boost::asio::post(*io_, std::move(f));
  }
  /// Runs `f` on a worker thread.
  template <class F>
  void work(F f) {
    const std::lock_guard lock(mutex_);
    if (workers_ != nullptr) boost::asio::post(*workers_, std::move(f));
  }
  void close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
    workers_ = nullptr;
  }

 private:
  std::mutex mutex_;
  boost::asio::io_context* io_;
  boost::asio::thread_pool* workers_;
};

}  // namespace pitwall::http
