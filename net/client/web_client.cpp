#include "net/client/web_client.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "net/client/trust.hpp"
#include "net/client/web_call.hpp"

namespace pitwall {

namespace asio = boost::asio;

namespace {

error closing() { return {errc::unavailable, "the host is closing", {}, {}}; }

bool is_one_line(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c >= ' ' && c != 0x7F; });
}

}  // namespace

result<std::shared_ptr<web_client>> web_client::open(web_options options,
                                                     std::shared_ptr<const wall_clock> clock) {
  PITWALL_TRY(gate, web_gate::allowing(options.allow));
  std::shared_ptr<web_client> made(
      new web_client(std::move(options), std::move(gate), std::move(clock)));
  // A file that cannot be used is told at the start.
  if (!made->options_.ca_file.empty()) PITWALL_CHECK(made->trust());
  made->thread_ = std::thread([raw = made.get()] {
    while (true) {
      try {
        raw->io_.run();
        return;
      } catch (const std::exception&) {
        // A completion's own failure; the others are still owed their answers.
      }
    }
  });
  return made;
}

web_client::web_client(web_options options, web_gate gate, std::shared_ptr<const wall_clock> clock)
    : options_(std::move(options)),
      gate_(std::move(gate)),
      clock_(std::move(clock)),
      keep_running_(io_.get_executor()) {}

web_client::~web_client() { stop(); }

result<std::shared_ptr<http::tls_context>> web_client::trust() {
  if (!trust_) {
    PITWALL_TRY(opened, open_trust(options_.ca_file));
    trust_ = std::move(opened);
  }
  return trust_;
}

std::optional<error> web_client::enter(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return closing();
  if (under_way_ < options_.max_at_once) {
    ++under_way_;
    return std::nullopt;
  }
  return error{errc::resource_exhausted,
               std::to_string(options_.max_at_once) + " requests are under way already", origin,
               "wait for their answers"};
}

void web_client::leave() {
  const std::lock_guard lock(mutex_);
  --under_way_;
  // What it held goes once its handlers are through.
  asio::post(io_, [this] { std::erase_if(calls_, [](const auto& c) { return c->over(); }); });
}

bool web_client::post(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return false;
  asio::post(io_, std::move(job));
  return true;
}

std::function<void()> web_client::send(const web_request& request, milliseconds patience,
                                       completion then) {
  auto url = parse_web_url(request.url);
  if (!url.ok()) {
    then(std::move(url).error());
    return {};
  }
  for (const auto& [name, text] : request.headers) {
    if (is_one_line(name) && is_one_line(text)) continue;
    then(error{errc::invalid_argument, "a header has a line end in it", url->origin(), {}});
    return {};
  }
  if (auto refused = enter(url->origin())) {
    then(*std::move(refused));
    return {};
  }
  const auto call =
      std::make_shared<web_call>(io_, std::move(*url), request, patience, clock_,
                                 [this, then = std::move(then)](result<web_reply> outcome) {
                                   leave();
                                   then(std::move(outcome));
                                 });
  if (!post([this, call] { begin(call); })) call->end(closing());
  return [self = weak_from_this(), left = std::weak_ptr(call)] {
    const auto home = self.lock();
    if (!home || left.expired()) return;
    home->post([left] {
      if (const auto one = left.lock())
        one->end(one->failed(errc::cancelled, "nobody waits for the answer any more", {}));
    });
  };
}

void web_client::begin(const std::shared_ptr<web_call>& call) {
  calls_.insert(call);
  wire_place to{.host = call->url().host, .port = call->url().port};
  to.admits = [this, url = call->url()](const asio::ip::address& a) {
    return gate_.admits(url, a);
  };
  if (call->url().secure) {
    auto known = trust();
    if (!known.ok()) return call->end(std::move(known).error());
    to.trust = std::move(*known);
  }
  call->start(std::move(to));
}

void web_client::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    asio::post(io_, [this] {
      for (const auto& call : std::exchange(calls_, {})) call->end(closing());
      keep_running_.reset();
    });
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace pitwall
