#include <fmt/format.h>

#include "net/access/token_file.hpp"
#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

struct token_options {
  std::filesystem::path data_directory;
  std::string name, expires;
  std::vector<std::string> scopes;
  bool json = false;

  std::filesystem::path file() const { return data_directory / access::token_file_name; }
};

int create(const token_options& o) {
  const auto now = system_wall_clock().now();
  const auto may = access::scopes_from(o.scopes);
  if (!may.ok()) return give_up(may.error());
  std::optional<timestamp> expires;
  if (!o.expires.empty()) {
    auto at = access::parse_expiry(o.expires, now);
    if (!at.ok()) return give_up(at.error());
    expires = *at;
  }
  std::error_code ec;
  std::filesystem::create_directories(o.data_directory, ec);
  if (ec)
    return give_up({errc::io_error, "the data directory cannot be made: " + ec.message(),
                    o.data_directory.string(), "choose another with --data-dir"});
  std::string token;
  const auto kept = access::change_tokens(o.file(), [&](access::token_set& all) -> status {
    PITWALL_TRY(made, all.make(o.name, *may, now, expires));
    token = std::move(made);
    return done{};
  });
  if (!kept.ok()) return give_up(kept.error());
  // The token alone on standard output: a script may take it from there.
  fmt::print("{}\n", token);
  fmt::print(stderr, "keep it well: it is shown this once, and only its SHA-256 is kept\n");
  return exit_done;
}

int revoke(const token_options& o) {
  std::size_t left = 0;
  const auto kept = access::change_tokens(o.file(), [&](access::token_set& all) -> status {
    PITWALL_CHECK(all.revoke(o.name));
    left = all.all().size();
    return done{};
  });
  if (!kept.ok()) return give_up(kept.error());
  fmt::print("revoked {}\n", o.name);
  if (left == 0)
    fmt::print(stderr,
               "no token is left: nobody comes in by TCP; to serve this machine without tokens "
               "again, remove {} and start the host anew\n",
               o.file().string());
  return exit_done;
}

value view_of(const access::token_record& r) {
  value::list names;
  for (const auto name : r.may.names()) names.emplace_back(name);
  return value::object{{"name", r.name},
                       {"scopes", value(std::move(names))},
                       {"created_at", to_iso8601(r.created)},
                       {"expires_at", r.expires ? value(to_iso8601(*r.expires)) : value()}};
}

int list(const token_options& o) {
  auto all = access::read_tokens(o.file());
  if (!all.ok() && all.error().code != errc::not_found) return give_up(all.error());
  const auto records = all.ok() ? all->all() : std::vector<access::token_record>();
  if (o.json) {
    value::list tokens;
    for (const auto& r : records) tokens.push_back(view_of(r));
    fmt::print("{}\n", to_json(value::object{{"tokens", value(std::move(tokens))}}));
    return exit_done;
  }
  if (records.empty()) {
    fmt::print("no tokens: a port of this host is open to programs of its machine alone\n");
    return exit_done;
  }
  const auto now = system_wall_clock().now();
  std::vector<std::vector<std::string>> rows{{"NAME", "SCOPES", "CREATED", "EXPIRES"}};
  for (const auto& r : records) {
    std::string names;
    for (const auto name : r.may.names()) names.append(names.empty() ? "" : ",").append(name);
    const std::string end = r.expires ? to_iso8601(*r.expires) : "never";
    rows.push_back({r.name, names, to_iso8601(r.created), r.is_good(now) ? end : end + " (over)"});
  }
  fmt::print("{}", format_table(rows));
  return exit_done;
}

}  // namespace

void add_token(CLI::App& app, int& exit) {
  auto o = std::make_shared<token_options>();
  auto* c = app.add_subcommand(
      "token",
      "Make, list and revoke the tokens that clients of a host's port show; a running host takes "
      "them up by itself (docs/security.md)");
  c->require_subcommand(1);
  auto* make = c->add_subcommand("create", "Print a new token, once; only its hash is kept");
  make->add_option("--name", o->name, "Whose it is: letters, digits, dots, dashes, underscores")
      ->required();
  make->add_option("--scopes", o->scopes,
                   "read: see all; trade: start, cancel and resume executions, deploy workflows, "
                   "steer bots; control: emergencies, breakers, orders, the journal, the host")
      ->required()
      ->delimiter(',');
  make->add_option("--expires", o->expires,
                   "90d, 12h, 30m, or a time as 2027-01-01T00:00:00Z; default: never");
  add_data_directory(*make, o->data_directory);
  make->callback([o, &exit] { exit = create(*o); });
  auto* all = c->add_subcommand("list", "Names, scopes and times; never the tokens");
  add_data_directory(*all, o->data_directory);
  all->add_flag("--json", o->json, "One JSON object");
  all->callback([o, &exit] { exit = list(*o); });
  auto* end =
      c->add_subcommand("revoke", "Nobody comes in with it any more, and who did is cut off");
  end->add_option("NAME", o->name, "As `token list` shows it")->required();
  add_data_directory(*end, o->data_directory);
  end->callback([o, &exit] { exit = revoke(*o); });
}

}  // namespace pitwall::cli
