// Job: a thread that runs an io_context for those who share it.
// Threads: post() and stop() from any; stop() from outside the thread.
// Errors: an exception of one handler ends that handler alone.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace pitwall {

class io_thread {
 public:
  io_thread() : keep_running_(io_.get_executor()), thread_([this] { loop(); }) {}
  ~io_thread() { stop(); }
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;

  boost::asio::io_context& io() noexcept { return io_; }
  /// After stop() it is let go.
  template <class Job>
  void post(Job&& job) {
    const std::lock_guard lock(mutex_);
    if (!stopped_) boost::asio::post(io_, std::forward<Job>(job));
  }
  /// What was posted before it runs; what still waits for time or sockets is let go. Idempotent.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(stopped_, true)) return;
      boost::asio::post(io_, [this] { io_.stop(); });
    }
    thread_.join();
  }

 private:
  void loop() noexcept {
    while (!io_.stopped()) {
      try {
        io_.run();
      } catch (const std::exception&) {
        // A handler's own failure; the others are still owed theirs.
      }
    }
  }
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  std::mutex mutex_;
  bool stopped_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace pitwall
