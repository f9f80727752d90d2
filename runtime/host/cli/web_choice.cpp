#include "runtime/host/cli/web_choice.hpp"

namespace pitwall::cli {

void add_web(CLI::App& command, web_settings& target) {
  command
      .add_option("--http-allow", target.allow,
                  "HOST[:PORT], repeatable: workflows may call it (http, webhooks) although its "
                  "address is not public; docs/security.md")
      ->allow_extra_args(false);
  command.add_option("--http-ca-file", target.ca_file,
                     "Believe the certificates in this PEM file, and no others, where workflows "
                     "call https");
}

}  // namespace pitwall::cli
