#include "runtime/host/cli/host_choice.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "runtime/host/cli/options.hpp"

namespace pitwall::cli {
namespace {

constexpr const char* directory_variable = "PITWALL_DATA_DIR";
constexpr const char* host_variable = "PITWALL_HOST";
constexpr const char* token_variable = "PITWALL_TOKEN_FILE";
constexpr const char* ca_variable = "PITWALL_CA_FILE";

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::string() : text;
}

error two_hosts(const std::string& where) {
  return {errc::invalid_argument, "two hosts are named: one by URL, one by its data directory",
          where, "say which with --host or with --data-dir"};
}

/// A file for the host that the environment names says nothing to any other: a token would be shown
/// to it. Empty: there is none, or not for this one.
std::string file_for(const std::string& url, const char* name) {
  auto file = variable(name);
  if (file.empty() || url == variable(host_variable)) return file;
  std::cerr << "pitwall: " << name << " is for the host in " << host_variable
            << ", and not used for " << url << "; write the file on the command line\n";
  return {};
}

}  // namespace

result<host_choice> host_choice::settled() const {
  host_choice out = *this;
  if (out.url.empty() && out.data_directory.empty()) {
    out.url = variable(host_variable);
    out.data_directory = variable(directory_variable);
    if (!out.url.empty() && !out.data_directory.empty())
      return two_hosts(std::string(host_variable) + ", " + directory_variable);
  }
  if (!out.url.empty() && !out.data_directory.empty()) return two_hosts("--host, --data-dir");
  if (out.url.empty()) {
    if (!out.token_file.empty() || !out.ca_file.empty()) {
      return error{errc::invalid_argument, "a token and a CA file are for a host at a URL",
                   out.token_file.empty() ? "--ca-file" : "--token-file",
                   "name it with --host; the owner of a data directory needs neither"};
    }
    if (out.data_directory.empty()) out.data_directory = default_data_directory;
    return out;
  }
  if (out.token_file.empty()) out.token_file = file_for(out.url, token_variable);
  if (out.ca_file.empty() && out.url.starts_with("https:"))
    out.ca_file = file_for(out.url, ca_variable);
  return out;
}

result<std::string> read_token(const std::filesystem::path& file) {
  constexpr std::size_t longest = 512;
  std::ifstream in(file);
  if (!in) {
    return error{errc::not_found, "the token file cannot be read", file.string(),
                 "check that it is there, and its permissions"};
  }
  std::array<char, longest> bytes{};
  in.read(bytes.data(), bytes.size());
  std::string token(bytes.data(), static_cast<std::size_t>(in.gcount()));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' '))
    token.pop_back();
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (token.empty() || token.size() + 1 >= longest ||
      !std::all_of(token.begin(), token.end(), visible)) {
    return error{errc::invalid_argument, "the token file does not hold one token", file.string(),
                 "write there what `pitwall token create` printed, and nothing else"};
  }
  return token;
}

void add_host(CLI::App& command, host_choice& target) {
  auto* directory =
      command.add_option("--data-dir", target.data_directory,
                         std::string("The host's data directory, on this machine; else $") +
                             directory_variable + ", else " + default_data_directory);
  command
      .add_option(
          "--host", target.url,
          std::string("http[s]://HOST[:PORT]: a host elsewhere (docs/security.md); else $") +
              host_variable)
      ->excludes(directory);
  command.add_option(
      "--token-file", target.token_file,
      std::string("With --host: the file with the token to show; else, for $PITWALL_HOST, $") +
          token_variable);
  command.add_option("--ca-file", target.ca_file,
                     std::string("With --host: believe the certificates in this PEM file, and no "
                                 "others; else, for $PITWALL_HOST, $") +
                         ca_variable);
}

}  // namespace pitwall::cli
