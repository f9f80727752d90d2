// Job: `exchange`: the simulated exchange as a server of its own.
#include <fmt/format.h>
#include <signal.h>
#include <algorithm>

#include <csignal>

#include "net/exchange/server.hpp"
#include "net/venues/binance_messages.hpp"
#include "runtime/blocks/replay_file.hpp"
#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/matching/ledger.hpp"
#include "storage/line_log.hpp"

namespace pitwall::cli {
namespace {

struct exchange_settings {
  std::uint16_t port = 8090;  // A host's, in all that is written of one, is 8080.
  std::string address = "127.0.0.1";
  std::filesystem::path data_directory, key_file, replay, certificate, tls_key;
  std::vector<std::string> symbols{"BTCUSDT", "ETHUSDT"}, balances;
  std::uint64_t seed = 1;
  std::uint64_t log_bytes = 256U << 20U;
  std::string fee_asset = "quote";
  bool still = false, no_auth = false, json_log = false;
  sim::rate_options rates;
  std::string error_rate = "0", drop_answers_rate = "0", disconnect_rate = "0",
              stream_gap_rate = "0";
  std::int64_t latency_ms = 0;
  std::uint64_t fault_seed = 1;
  bool stale_prices = false;
};

result<decimal> read_decimal(std::string_view text, const std::string& option) {
  auto n = decimal::parse(text);
  if (n.ok() && *n >= decimal{}) return n;
  return error{
      errc::invalid_argument, "'" + std::string(text) + "' is no number from 0 on", option, {}};
}

/// "NAME=AMOUNT" or, where it is optional, "NAME".
struct named_amount {
  std::string name;
  std::optional<decimal> amount;
};
result<named_amount> split(const std::string& text, const std::string& option) {
  const auto equals = text.find('=');
  named_amount out{text.substr(0, equals), {}};
  if (equals == std::string::npos) return out;
  PITWALL_TRY(amount, read_decimal(std::string_view(text).substr(equals + 1), option));
  out.amount = amount;
  return out;
}

/// The file's quotes of a symbol, their first one at `start`.
result<std::shared_ptr<const matching::price_track>> read_track(const std::filesystem::path& file,
                                                                const std::string& written,
                                                                timestamp start) {
  PITWALL_TRY(rows, read_replay(file, written));
  auto out = std::make_shared<matching::price_track>();
  const timestamp first = rows.rows.front().time;
  for (const auto& row : rows.rows) {
    out->points.push_back(
        {matching::price_process::step_of(start + (row.time - first)), row.bid, row.ask});
  }
  return std::shared_ptr<const matching::price_track>(std::move(out));
}

/// What a symbol is priced in has to be told by whoever reads "BTCUSDT", too.
status check_parts(const std::string& written, const std::string& symbol,
                   const matching::asset_pair& assets) {
  if (assets.base + assets.quote == symbol && matching::split_symbol(symbol) == assets)
    return done{};
  return error{errc::invalid_argument, "it is not known what this symbol is priced in", written,
               "write it like BTCUSDT or BTC/USDT, with one of USDT, USDC, BUSD, USD, EUR, GBP, "
               "JPY, ZAR, NGN, DAI, BTC, ETH at its end"};
}

status add_symbols(const exchange_settings& s, sim::floor_options& to, timestamp start) {
  for (const std::string& text : s.symbols) {
    PITWALL_TRY(wanted, split(text, "--symbol"));
    PITWALL_TRY(symbol, binance::wire_symbol(wanted.name));
    for (const auto& known : to.symbols) {
      if (known.symbol == symbol) {
        return error{errc::invalid_argument, "this symbol is named twice", symbol, {}};
      }
    }
    sim::symbol_rules rules;
    rules.symbol = symbol;
    const auto assets = matching::split_symbol(wanted.name);
    rules.base = assets.base;
    rules.quote = assets.quote;
    PITWALL_CHECK(check_parts(wanted.name, symbol, assets));
    to.symbols.push_back(rules);
    if (wanted.amount) to.prices.base_prices.emplace_back(symbol, *wanted.amount);
    if (s.replay.empty()) continue;
    PITWALL_TRY(track, read_track(s.replay, wanted.name, start));
    to.prices.tracks.emplace_back(symbol, std::move(track));
  }
  // Only now: what a pair of them is worth follows from the others.
  for (auto& rules : to.symbols)
    rules.tick = rules.min_price = matching::price_process(to.prices, rules.symbol).tick();
  return done{};
}

status add_faults(const exchange_settings& s, sim::fault_settings& to) {
  const std::pair<const std::string*, decimal*> rates[] = {
      {&s.error_rate, &to.error_rate},
      {&s.drop_answers_rate, &to.drop_answers_rate},
      {&s.disconnect_rate, &to.disconnect_rate},
      {&s.stream_gap_rate, &to.stream_gap_rate}};
  for (const auto& [text, rate] : rates) {
    PITWALL_TRY(n, read_decimal(*text, "a fault's rate"));
    if (n > decimal(1)) {
      return error{errc::invalid_argument, "a rate is from 0 to 1", *text, {}};
    }
    *rate = n;
  }
  to.latency = milliseconds(s.latency_ms);
  to.stale_prices = s.stale_prices;
  to.seed = s.fault_seed;
  return done{};
}

struct key_choice {
  std::optional<api_key> key;
  bool fresh = false;
};
/// The key pair of --api-key-file, or of the data directory, or a new one.
result<key_choice> choose_key(const exchange_settings& s) {
  if (s.no_auth) return key_choice{};
  if (!s.key_file.empty()) {
    PITWALL_TRY(given, read_api_key(s.key_file));
    return key_choice{std::move(given), false};
  }
  const auto kept = s.data_directory / "api_key";
  std::error_code ignored;
  if (!s.data_directory.empty() && std::filesystem::exists(kept, ignored)) {
    PITWALL_TRY(earlier, read_api_key(kept));
    return key_choice{std::move(earlier), false};
  }
  PITWALL_TRY(fresh, make_api_key());
  if (!s.data_directory.empty()) PITWALL_CHECK(write_api_key(kept, fresh));
  return key_choice{std::move(fresh), true};
}

result<sim::exchange_options> to_options(const exchange_settings& s, const key_choice& key) {
  sim::exchange_options o;
  o.address = s.address;
  o.port = s.port;
  if (!s.certificate.empty()) o.tls = http::tls_files{s.certificate, s.tls_key};
  o.clock = std::make_shared<system_wall_clock>();
  o.log = make_console_log(s.json_log ? log_form::json : log_form::text, log_level::info);
  o.floor.prices.seed = s.seed;
  if (s.still) o.floor.prices.volatility_ppb = 0;
  PITWALL_CHECK(add_symbols(s, o.floor, o.clock->now()));
  for (const auto& text : s.balances) {
    PITWALL_TRY(b, split(text, "--balance"));
    if (!b.amount) {
      return error{errc::invalid_argument, "this is no balance", text, "write BTC=10"};
    }
    o.floor.balances.emplace_back(b.name, *b.amount);
  }
  if (s.fee_asset != "quote") o.floor.fee_asset = s.fee_asset;
  const bool traded = std::any_of(o.floor.symbols.begin(), o.floor.symbols.end(),
                                  [&](const auto& r) { return r.base == s.fee_asset; });
  if (!o.floor.fee_asset.empty() && s.fee_asset != "received" && !traded)
    return error{errc::invalid_argument, "no symbol says what " + s.fee_asset + " is worth",
                 "--fee-asset", "add --symbol " + s.fee_asset + "/USDT"};
  o.api.rates = s.rates;
  o.api.key = key.key;
  PITWALL_CHECK(add_faults(s, o.api.faults));
  return o;
}

struct kept_lines {
  std::shared_ptr<line_log> log;
  std::vector<std::string> lines;
};
result<kept_lines> open_log(const exchange_settings& s, log_port& log) {
  kept_lines out;
  if (s.data_directory.empty()) return out;
  PITWALL_TRY(opened, line_log::open(s.data_directory / "exchange.log"));
  if (opened.cut_bytes > 0) {
    log.write(log_level::warning, "exchange",
              fmt::format("the log's last line was not whole, and never told of: {} bytes cut off",
                          opened.cut_bytes));
  }
  out.log = std::move(opened.log);
  out.lines = std::move(opened.lines);
  return out;
}

void keep_in(sim::exchange_options& o, const std::shared_ptr<line_log>& log, std::uint64_t most) {
  // A snapshot that is nearly as large as the log gains nothing: it may double first.
  auto next = std::make_shared<std::uint64_t>(most);
  o.commit = [log](std::string_view line) { return log->append(line); };
  o.wants_snapshot = [log, next] { return log->size() > *next; };
  o.replace = [log, next, most](std::span<const std::string> lines) {
    auto replaced = log->replace(lines);
    *next = replaced.ok() ? std::max(most, 2 * log->size()) : log->size() + most;
    return replaced;
  };
}

int exchange(const exchange_settings& s) {
  // Before any thread exists: they inherit the mask.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (!s.data_directory.empty()) {
    std::error_code ec;
    std::filesystem::create_directories(s.data_directory, ec);
    if (ec) {
      return give_up({errc::io_error, "the data directory cannot be made: " + ec.message(),
                      s.data_directory.string(), "choose another with --data-dir"});
    }
  }
  auto key = choose_key(s);
  if (!key.ok()) return give_up(key.error());
  auto options = to_options(s, *key);
  if (!options.ok()) return give_up(options.error());
  auto kept = open_log(s, *options->log);
  if (!kept.ok()) return give_up(kept.error());
  if (kept->log) {
    keep_in(*options, kept->log, s.log_bytes);
  }
  bool failed = false;
  options->failed = [&failed, main_thread = pthread_self()] {
    failed = true;
    pthread_kill(main_thread, SIGTERM);
  };
  auto server = sim::exchange_server::open(std::move(*options), kept->lines);
  if (!server.ok()) return give_up(server.error());
  const std::string host =
      s.address.find(':') == std::string::npos ? s.address : "[" + s.address + "]";
  fmt::print("listening {}://{}:{}\n", s.certificate.empty() ? "http" : "https", host,
             (*server)->port());
  if (key->fresh) fmt::print("api key {}\napi secret {}\n", key->key->key, key->key->secret);
  fmt::print("ready: {} open orders\n", (*server)->open_orders());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->stop();
  return failed ? exit_unreadable : exit_done;
}

void add_fault_options(CLI::App& c, exchange_settings& s) {
  const std::string group = "Faults";
  c.add_option("--latency-ms", s.latency_ms, "Wait before every answer")
      ->check(CLI::Range(0, static_cast<int>(sim::longest_latency.count())))
      ->group(group);
  c.add_option("--error-rate", s.error_rate, "503 before anything is done: from 0 to 1")
      ->group(group);
  c.add_option("--drop-answers-rate", s.drop_answers_rate,
               "An order is accepted, its answer dropped: from 0 to 1")
      ->group(group);
  c.add_option("--disconnect-rate", s.disconnect_rate,
               "The connection is closed before anything is done, or sent: from 0 to 1")
      ->group(group);
  c.add_option("--stream-gap-rate", s.stream_gap_rate,
               "An update of a market stream is sent to nobody: from 0 to 1")
      ->group(group);
  c.add_flag("--stale-prices", s.stale_prices,
             "Market data stands still; orders meet the real prices")
      ->group(group);
  c.add_option("--fault-seed", s.fault_seed, "Seed of what goes wrong when")->group(group);
}

}  // namespace

void add_exchange(CLI::App& app, int& exit) {
  auto s = std::make_shared<exchange_settings>();
  auto* c = app.add_subcommand("exchange",
                               "Run a simulated exchange that speaks the Binance Spot conventions, "
                               "REST and WebSocket streams "
                               "(docs/exchange.md)");
  c->add_option("--port", s->port, "TCP port; 0: a free one, printed at the start")
      ->capture_default_str();
  c->add_option("--listen", s->address, "Address to listen on")->capture_default_str();
  auto* certificate =
      c->add_option("--tls-cert", s->certificate, "Speak TLS: the certificate and its chain, PEM");
  auto* tls_key =
      c->add_option("--tls-key", s->tls_key, "The certificate's key, PEM")->needs(certificate);
  certificate->needs(tls_key);
  c->add_option("--data-dir", s->data_directory,
                "Keep orders and fills here, through kill -9; without it, in memory");
  c->add_option("--log-bytes", s->log_bytes,
                "Compact the log in the data directory when it is larger, and twice what is kept")
      ->check(CLI::Range(std::uint64_t{4'096}, line_log::max_bytes / 2))
      ->capture_default_str();
  c->add_option("--symbol", s->symbols,
                "SYMBOL[=PRICE], repeatable: what is traded, like BTCUSDT or SOL/USDT=150")
      ->allow_extra_args(false)
      ->capture_default_str();
  c->add_option("--balance", s->balances,
                "ASSET=AMOUNT, repeatable: owned at the first start; else 100 of a base asset and "
                "1000000 of a quote asset")
      ->allow_extra_args(false);
  c->add_option("--fee-asset", s->fee_asset,
                "What fees are paid in: quote, received (the base asset of a buy), or an ASSET of "
                "which ASSET/QUOTE is traded here too")
      ->capture_default_str();
  c->add_option("--seed", s->seed, "Seed of the prices")->capture_default_str();
  c->add_flag("--still", s->still, "Prices stand still");
  c->add_option("--replay", s->replay,
                "Prices from a CSV (time,symbol,bid,ask[,volume]), its first line now");
  c->add_flag("--no-auth", s->no_auth, "Take private requests without key and signature");
  c->add_option("--api-key-file", s->key_file,
                "Key and secret, a line each; else kept in the data directory, or made anew and "
                "printed once");
  c->add_option("--weight-limit", s->rates.weight_a_minute, "Request weight a minute")
      ->capture_default_str();
  c->add_option("--order-limit", s->rates.orders_in_ten_seconds, "New orders in ten seconds")
      ->capture_default_str();
  c->add_flag("--json-log", s->json_log, "One JSON object a line instead of text");
  add_fault_options(*c, *s);
  c->callback([s, &exit] { exit = exchange(*s); });
}

}  // namespace pitwall::cli
