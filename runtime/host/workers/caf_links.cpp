#include "runtime/host/workers/caf_links.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <caf/io/all.hpp>
#include <caf/io/middleman_actor_impl.hpp>
#include <caf/io/network/acceptor_impl.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/scribe_impl.hpp>
#include <charconv>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <vector>

namespace pitwall {
namespace {

namespace io = caf::io;
namespace mx = caf::io::network;

/// CAF's end of a link; on its I/O thread.
class link_end : public mx::scribe_impl {
 public:
  using scribe_impl::scribe_impl;
  void configure_read(io::receive_policy::config config) override {
    scribe_impl::configure_read(config);
    if (is_greeting()) ++configured_;
  }
  /// What was said goes out. Of what it ends itself CAF 0.17.6 tells nobody: who still waits for
  /// the other side's first words would wait for ever, and keep all that he has. So it ends then as
  /// if by the other side.
  void hang_up() {
    if (is_greeting())
      ::shutdown(stream_.fd(), SHUT_RD);
    else
      graceful_shutdown();
  }

 protected:
  bool is_greeting() const noexcept { return configured_ < greeted; }

 private:
  /// CAF wants the head of the first message, then its body, and then the next one's head.
  static constexpr int greeted = 3;
  int configured_ = 0;
};

}  // namespace

/// CAF's ends of links, which come and go on its I/O thread.
class caf_links::ends {
 public:
  void add(link_end* one) {
    const std::lock_guard lock(mutex_);
    open_.insert(one);
  }
  void remove(link_end* one) {
    const std::lock_guard lock(mutex_);
    open_.erase(one);
    if (is_none()) none_.notify_all();
  }
  /// From now on no new ones; those that are on their way end once CAF has them.
  void take_no_more() {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  /// One comes, on another thread, unless no more are taken; once it is added it has come.
  bool await_one() {
    const std::lock_guard lock(mutex_);
    if (closing_) return false;
    ++coming_;
    return true;
  }
  void has_come() {
    const std::lock_guard lock(mutex_);
    --coming_;
    if (is_none()) none_.notify_all();
  }
  bool is_closing() {
    const std::lock_guard lock(mutex_);
    return closing_;
  }
  /// On CAF's I/O thread.
  void close() {
    std::vector<caf::intrusive_ptr<link_end>> all;
    {
      const std::lock_guard lock(mutex_);
      for (link_end* one : open_) all.emplace_back(one);
    }
    for (const auto& one : all)
      if (!one->detached()) one->hang_up();
  }
  bool await_none(milliseconds patience) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, patience, [this] { return is_none(); });
  }

 private:
  bool is_none() const { return open_.empty() && coming_ == 0; }

  std::mutex mutex_;
  std::condition_variable none_;
  std::set<link_end*> open_;
  int coming_ = 0;
  bool closing_ = false;
};

/// How many of the watched actors have not ended.
class caf_links::lives {
 public:
  void add(int n) {
    const std::lock_guard lock(mutex_);
    there_ += n;
    if (there_ == 0) none_.notify_all();
  }
  bool await_none(milliseconds patience) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, patience, [this] { return there_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  int there_ = 0;
};

namespace {

/// A link's end, and all that there are.
template <class Ends>
class link_scribe final : public link_end {
 public:
  link_scribe(mx::default_multiplexer& in, mx::native_socket link, std::shared_ptr<Ends> all)
      : link_end(in, link), all_(std::move(all)) {
    all_->add(this);
  }
  ~link_scribe() override { all_->remove(this); }
  void configure_read(io::receive_policy::config config) override {
    link_end::configure_read(config);
    if (is_greeting() && all_->is_closing()) hang_up();
  }
  std::string addr() const override { return "link"; }
  std::uint16_t port() const override { return 0; }

 private:
  std::shared_ptr<Ends> all_;
};

/// "Accepts" the descriptors that come by the door.
struct by_the_door {
  static bool try_accept(mx::native_socket& out, mx::native_socket door) {
    int fd = -1;
    if (::read(door, &fd, sizeof fd) != static_cast<::ssize_t>(sizeof fd)) return false;
    out = fd;
    return true;
  }
};

template <class Ends>
class link_doorman final : public io::doorman {
 public:
  link_doorman(mx::default_multiplexer& in, mx::native_socket door, std::shared_ptr<Ends> all)
      : io::doorman(mx::accept_hdl_from_socket(door)), acceptor_(in, door), all_(std::move(all)) {}

  bool new_connection() override {
    remote::descriptor link(acceptor_.accepted_socket());
    if (detached()) return false;
    auto& in = acceptor_.backend();
    auto scribe = caf::make_counted<link_scribe<Ends>>(in, link.release(), all_);
    const auto handle = scribe->hdl();
    parent()->add_scribe(std::move(scribe));
    return io::doorman::new_connection(&in, handle);
  }
  void graceful_shutdown() override {
    acceptor_.graceful_shutdown();
    detach(&acceptor_.backend(), false);
  }
  void launch() override { acceptor_.start(this); }
  std::string addr() const override { return "door"; }
  std::uint16_t port() const override { return 1; }
  void add_to_loop() override { acceptor_.activate(this); }
  void remove_from_loop() override { acceptor_.passivate(); }

 private:
  mx::acceptor_impl<by_the_door> acceptor_;
  std::shared_ptr<Ends> all_;
};

/// CAF's own opener of connections, whose addresses are descriptors.
template <class Ends>
class link_opener final : public io::middleman_actor_impl {
 public:
  link_opener(caf::actor_config& config, caf::actor broker, std::shared_ptr<Ends> all)
      : middleman_actor_impl(config, std::move(broker)), all_(std::move(all)) {}

 protected:
  caf::expected<io::scribe_ptr> connect(const std::string& fd, std::uint16_t) override {
    remote::descriptor link(number_in(fd));
    if (!all_->await_one()) return caf::make_error(caf::sec::cannot_connect_to_node);
    io::scribe_ptr made = caf::make_counted<link_scribe<Ends>>(multiplexer(), link.release(), all_);
    all_->has_come();
    return made;
  }
  caf::expected<io::doorman_ptr> open(std::uint16_t, const char* fd, bool) override {
    return io::doorman_ptr(
        caf::make_counted<link_doorman<Ends>>(multiplexer(), number_in(fd), all_));
  }

 private:
  static int number_in(std::string_view text) {
    int n = -1;
    std::from_chars(text.data(), text.data() + text.size(), n);
    return n;
  }
  mx::default_multiplexer& multiplexer() {
    return dynamic_cast<mx::default_multiplexer&>(system().middleman().backend());
  }

  std::shared_ptr<Ends> all_;
};

/// CAF remembers whom it found at an address: no two links have the same.
std::uint16_t another_port() {
  static std::atomic<std::uint16_t> last = 0;
  auto n = ++last;
  return n != 0 ? n : ++last;
}

}  // namespace

void caf_links::load(caf::actor_system_config& config) { config.load<io::middleman>(); }

caf_links::caf_links(caf::actor_system& system)
    : system_(system),
      open_(std::make_shared<ends>()),
      watched_(std::make_shared<lives>()),
      opener_(caf::actor_cast<caf::actor>(system.spawn<link_opener<ends>, caf::hidden>(
          system.middleman().named_broker<io::basp_broker>(caf::atom("BASP")), open_))) {}

caf_links::~caf_links() { caf::anon_send_exit(opener_, caf::exit_reason::user_shutdown); }

void caf_links::close() {
  open_->take_no_more();
  system_.middleman().backend().post([all = open_] { all->close(); });
}

bool caf_links::await_closed(milliseconds patience) {
  if (!open_->await_none(patience)) return false;
  // What the last words of a link gave CAF's I/O thread to do comes before this.
  auto told = std::make_shared<std::promise<void>>();
  auto done = told->get_future();
  system_.middleman().backend().post([told] { told->set_value(); });
  return done.wait_for(patience) == std::future_status::ready;
}

void caf_links::watch(const caf::actor& one) {
  watched_->add(1);
  // Who listens first is told last.
  one->attach_functor([all = watched_] { all->add(-1); });
}

bool caf_links::await_ended(milliseconds patience) { return watched_->await_none(patience); }

status caf_links::publish(caf::strong_actor_ptr whom, interface_names names) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return error{errc::resource_exhausted, "no file descriptors are left", {}, "raise ulimit -n"};
  door_ = remote::descriptor(ends[0]);
  status out = done{};
  caf::scoped_actor self(system_);
  self->request(opener_, caf::infinite, caf::publish_atom_v, std::uint16_t{1}, std::move(whom),
                std::move(names), std::to_string(ends[1]), false)
      .receive([](std::uint16_t) {},
               [&](caf::error& e) {
                 out = error{errc::internal, "CAF publishes nothing: " + system_.render(e), {}, {}};
               });
  return out;
}

void caf_links::admit(remote::descriptor link) {
  const int fd = link.get();
  // Where so many wait that the door is full, it is closed again.
  if (::write(door_.get(), &fd, sizeof fd) == static_cast<::ssize_t>(sizeof fd)) link.release();
}

void caf_links::connect(remote::descriptor link, milliseconds patience, interface_names wanted,
                        std::function<void(result<caf::strong_actor_ptr>)> then) {
  const auto fd = std::to_string(link.release());
  // Not captured: of a function without arguments CAF 0.17.6 binds a reference to no tuple.
  system_.spawn<caf::hidden>(
      [](caf::event_based_actor* self, const caf::actor& opener, milliseconds at_most,
         const std::string& socket, const interface_names& names,
         const std::function<void(result<caf::strong_actor_ptr>)>& told) {
        self->request(opener, at_most, caf::connect_atom_v, socket, another_port())
            .then(
                [self, names, told](const caf::node_id&, const caf::strong_actor_ptr& found,
                                    const std::set<std::string>& offered) {
                  if (found != nullptr && self->system().assignable(offered, names))
                    return told(found);
                  told(error{errc::unavailable,
                             "what answers is no host for workers",
                             {},
                             "look at the port, and that both are of versions that match"});
                },
                [self, told](const caf::error& e) {
                  told(error{errc::unavailable,
                             "CAF cannot speak with the host: " + self->system().render(e),
                             {},
                             "look at the host's log"});
                });
      },
      opener_, patience, fd, std::move(wanted), std::move(then));
  // A thread that has spawned keeps CAF's logger, for whose end the actor system waits: the caller
  // may outlive it.
  caf::logger::set_current_actor_system(nullptr);
}

}  // namespace pitwall
