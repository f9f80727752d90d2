#include "runtime/host/cli/host_access.hpp"

#include <algorithm>
#include <optional>

#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "runtime/host/host.hpp"
#include "runtime/host/restored_emergency.hpp"
#include "runtime/workflow/json.hpp"
#include "storage/halt_file.hpp"
#include "storage/open.hpp"

namespace pitwall::cli {
namespace {

error no_host(const std::filesystem::path& directory) {
  return {errc::unavailable, "no host is running", directory.string(),
          "start one with `pitwall serve --data-dir " + directory.string() + "`"};
}

/// The inbound port over a journal that nobody writes: it can be read, and nothing else.
class closed_host final : public control {
 public:
  closed_host(std::shared_ptr<const journal> j, std::filesystem::path directory)
      : journal_(std::move(j)), directory_(std::move(directory)) {}

  void deploy(std::string, std::string, std::string,
              std::function<void(result<deployed_workflow>, std::vector<problem>)> then) override {
    then(no_host(directory_), {});
  }
  void validate(
      std::string, std::string, std::string,
      std::function<void(result<deployed_workflow>, std::vector<problem>)> then) override {
    then(no_host(directory_), {});
  }
  void remove(std::string, completion<done> then) override { then(no_host(directory_)); }
  void workflows(completion<std::vector<deployed_workflow>> then) override {
    then(no_host(directory_));
  }
  void start(start_request, completion<start_answer> then) override { then(no_host(directory_)); }
  void cancel(std::string, std::string, completion<done> then) override {
    then(no_host(directory_));
  }
  void resume(std::string, completion<done> then) override { then(no_host(directory_)); }
  void emergency(emergency_command, completion<emergency_answer> then) override {
    then(no_host(directory_));
  }
  void prune(retention_policy, bool, completion<prune_outcome> then) override {
    then(no_host(directory_));
  }
  void risk_state(completion<value> then) override { then(no_host(directory_)); }
  void breakers(completion<std::vector<breaker_view>> then) override {
    auto stored = journal_->breaker_states();
    if (!stored.ok()) return then(std::move(stored).error());
    std::vector<breaker_view> all;
    for (auto& s : *stored) {
      breaker_view v;
      v.name = std::move(s.breaker);
      v.state = std::move(s.new_state);
      all.push_back(std::move(v));
    }
    then(std::move(all));
  }
  void steer_breaker(breaker_command, completion<breaker_view> then) override {
    then(no_host(directory_));
  }
  void hosts(completion<std::vector<host_view>> then) override { then(no_host(directory_)); }
  void bots(completion<std::vector<bot_view>> then) override {
    auto stored = journal_->bot_states();
    if (!stored.ok()) return then(std::move(stored).error());
    std::vector<bot_view> all;
    for (auto& s : *stored)
      all.push_back({std::move(s.bot_id), std::move(s.change.new_state), s.at,
                     std::move(s.change.reason), std::move(s.change.operator_name)});
    then(std::move(all));
  }
  void steer_bot(bot_command, completion<bot_view> then) override { then(no_host(directory_)); }
  void orders(order_filter wanted, completion<order_page> then) override {
    then(read_orders(*journal_, wanted, stand_without_host));
  }
  void settle_order(settle_command, completion<settle_outcome> then) override {
    then(no_host(directory_));
  }
  void metrics(metrics_form, metric_families, completion<std::string> then) override {
    then(no_host(directory_));
  }
  void reload(std::function<void(result<reload_outcome>, std::vector<problem>)> then) override {
    then(no_host(directory_), {});
  }
  host_health health() const override {
    host_health h;
    h.status = "stopped";
    h.version = version();
    h.last_seq = journal_->head();
    // What the next start will be, also by a halt that could not be journaled.
    const auto scopes = journal_->emergency_scopes();
    const auto start = restore_emergency(scopes, halt_file::read(directory_), false, {});
    if (scopes.ok())
      for (const auto& s : *scopes)
        if (s.new_state != "normal") h.emergency.emplace_back(s.scope, s.new_state);
    for (const auto& halted : start.halts) {
      const auto there =
          std::ranges::find(h.emergency, halted.scope, [](auto& e) { return e.first; });
      if (there == h.emergency.end())
        h.emergency.emplace_back(halted.scope, "halt");
      else if (there->second != "shutdown")
        there->second = "halt";
    }
    return h;
  }
  void stop() override {}
  const journal& history() const override { return *journal_; }
  std::shared_ptr<void> on_published(listener) override { return nullptr; }
  std::string epoch() const override { return {}; }
  std::uint64_t published_head() const noexcept override { return journal_->head(); }

 private:
  std::shared_ptr<const journal> journal_;
  std::filesystem::path directory_;
};

/// A request to the API without a socket: everything happens before route() returns.
class direct_exchange final : public http::exchange {
 public:
  explicit direct_exchange(http::request asked) : asked_(std::move(asked)) {}
  const http::request& asked() const noexcept override { return asked_; }
  void answer(http::reply r) override {
    if (!reply) reply = std::move(r);
  }
  void stream(std::string, std::shared_ptr<http::chunk_source>) override {}
  void answer_after(milliseconds, std::function<http::reply()> late) override { answer(late()); }
  void work(std::function<void()> job) override { job(); }

  std::optional<http::reply> reply;

 private:
  http::request asked_;
};

}  // namespace

struct host_access::inside {
  std::string where;
  std::filesystem::path token_file;
  std::optional<host_client> client;
  std::shared_ptr<closed_host> closed;

  /// What a host said to somebody who shows a token, in the words of these commands.
  error in_words(error e) const {
    if (where.find("://") == std::string::npos) return e;
    if (e.where.empty()) e.where = where;
    constexpr unsigned unauthenticated = 401;
    if (e.status != unauthenticated) return e;
    e.remedy = token_file.empty() ? "show one with --token-file FILE"
                                  : "put a good one into " + token_file.string();
    e.remedy +=
        "; on the host, `pitwall token create --name NAME --scopes read` makes one "
        "(docs/security.md "
        "lists the scopes)";
    return e;
  }
};

host_access::host_access(std::unique_ptr<inside> i) : inside_(std::move(i)) {}
host_access::~host_access() = default;
host_access::host_access(host_access&&) noexcept = default;
host_access& host_access::operator=(host_access&&) noexcept = default;

bool host_access::is_live() const noexcept { return inside_->client.has_value(); }
const std::string& host_access::where() const noexcept { return inside_->where; }

result<host_access> host_access::reach(const host_choice& settled) {
  auto i = std::make_unique<inside>();
  if (!settled.url.empty()) {
    std::string token;
    if (!settled.token_file.empty()) {
      PITWALL_TRY(read, read_token(settled.token_file));
      token = std::move(read);
    }
    PITWALL_TRY(client, host_client::over(settled.url, token, settled.ca_file));
    i->client = std::move(client);
    i->where = settled.url;
    i->token_file = settled.token_file;
    return host_access(std::move(i));
  }
  auto client = host_client::connect(settled.data_directory / socket_name);
  if (!client.ok()) return no_host(settled.data_directory);
  i->client = std::move(*client);
  i->where = settled.data_directory.string();
  return host_access(std::move(i));
}

result<host_access> host_access::running(const host_choice& which) {
  PITWALL_TRY(settled, which.settled());
  return reach(settled);
}

result<host_access> host_access::open(const host_choice& which) {
  PITWALL_TRY(settled, which.settled());
  auto live = reach(settled);
  if (live.ok() || !settled.url.empty()) return live;
  storage_options options;
  options.directory = settled.data_directory;
  options.read_only = true;
  options.create = false;
  PITWALL_TRY(storage, open_rocksdb(options));
  auto i = std::make_unique<inside>();
  i->where = settled.data_directory.string();
  i->closed = std::make_shared<closed_host>(storage.events, settled.data_directory);
  return host_access(std::move(i));
}

result<value> host_access::ask(std::string_view method, std::string_view target,
                               std::string_view body, milliseconds patience,
                               std::vector<problem>* problems) const {
  http_reply reply;
  if (inside_->client) {
    PITWALL_TRY(answered, inside_->client->request(method, target, body, patience));
    reply = std::move(answered);
  } else {
    PITWALL_TRY(to, http::parse_target(target));
    auto exchange = std::make_shared<direct_exchange>(
        http::request{std::string(method), std::move(to), std::string(body), {}});
    http::make_api(*inside_->closed).route(exchange);
    if (!exchange->reply)
      return error{errc::internal, "the request was not answered", std::string(target), {}};
    reply = {exchange->reply->status, exchange->reply->content_type,
             std::move(exchange->reply->body)};
  }
  if (!reply.ok()) {
    if (problems != nullptr) *problems = problems_of(reply);
    error refused = from_problem(reply);
    refused.status = reply.status;
    return inside_->in_words(std::move(refused));
  }
  return parse_json(reply.body);
}

status host_access::stream(std::uint64_t after, const std::string& filters,
                           const host_client::on_event& take) const {
  const auto from = "?after=" + std::to_string(after) + (filters.empty() ? "" : "&" + filters);
  if (inside_->client) {
    auto ended = inside_->client->stream("/api/v1/events/stream" + from, take);
    return ended.ok() ? ended : status(inside_->in_words(std::move(ended).error()));
  }
  for (auto at = after;;) {
    PITWALL_TRY(page, ask("GET", "/api/v1/events?after=" + std::to_string(at) +
                                     (filters.empty() ? "" : "&" + filters)));
    for (const auto& e : page.find("events")->as_list()) {
      const auto seq = e.find("seq")->as_number().to_int().value_or(std::int64_t{0});
      if (!take(e.find("type")->as_text(), static_cast<std::uint64_t>(seq), to_json(e)))
        return done{};
    }
    if (page.find("at_end")->as_bool()) return done{};
    PITWALL_TRY(next, page.find("next_after")->as_number().to_int());
    at = static_cast<std::uint64_t>(next);
  }
}

std::string query_string(std::initializer_list<std::pair<std::string_view, std::string>> fields) {
  std::string out;
  for (const auto& [name, text] : fields) {
    if (text.empty()) continue;
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(http::percent_encode(text));
  }
  return out;
}

}  // namespace pitwall::cli
