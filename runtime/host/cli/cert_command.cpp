#include <fmt/format.h>

#include "net/access/certificate_authority.hpp"
#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/terminal.hpp"

namespace pitwall::cli {
namespace {

struct cert_options {
  std::filesystem::path directory = "pitwall-certificates";
  std::string authority = "pitwall";
  access::certificate_wish wish;
};

int shown(const result<access::certificate_files>& made, const char* advice) {
  if (!made.ok()) return give_up(made.error());
  fmt::print("{}\n{}\n", made->certificate.string(), made->key.string());
  fmt::print(stderr, "{}\n", advice);
  return exit_done;
}

int init(const cert_options& o) {
  return shown(access::make_authority(o.directory, o.authority, system_wall_clock().now()),
               "keep the key where no host is: whoever has it may join every host; the "
               "certificate goes to every host and worker");
}

int issue(const cert_options& o) {
  return shown(issue_certificate(o.directory, o.wish, system_wall_clock().now()),
               o.wish.hosts.empty()
                   ? "of a worker: move both, and the authority's certificate, to its machine"
                   : "of a host: move both, and the authority's certificate, to its machine");
}

}  // namespace

void add_cert(CLI::App& app, int& exit) {
  auto o = std::make_shared<cert_options>();
  auto* c = app.add_subcommand(
      "cert",
      "Make the certificates by which hosts and workers know each other (docs/workers_setup.md)");
  c->require_subcommand(1);
  const auto add_directory = [&](CLI::App& to) {
    to.add_option("--dir", o->directory, "Where the authority is")->capture_default_str();
  };
  auto* make = c->add_subcommand(
      "init", "Make an authority: authority.crt and authority.key, good for ten years");
  add_directory(*make);
  make->add_option("--name", o->authority, "What it calls itself")->capture_default_str();
  make->callback([o, &exit] { exit = init(*o); });
  auto* one = c->add_subcommand(
      "issue", "Make NAME.crt and NAME.key: of a worker, or with --host of a host");
  one->add_option("NAME", o->wish.name,
                  "Whose it is, and what it calls itself: letters, digits, dots, dashes, "
                  "underscores")
      ->required();
  add_directory(*one);
  one->add_option("--host", o->wish.hosts,
                  "DNS name or IP address by which workers reach this host; repeatable")
      ->allow_extra_args(false);
  one->add_option("--days", o->wish.days, "How long it is good")->capture_default_str();
  one->callback([o, &exit] { exit = issue(*o); });
}

}  // namespace pitwall::cli
