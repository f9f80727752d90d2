#include "runtime/host/cli/workflow_file.hpp"

#include <cctype>
#include <fstream>
#include <system_error>

#include "runtime/base/limits.hpp"

namespace pitwall::cli {

namespace {

/// `form`: "a workflow file"; `empty`: what to write into an empty one.
result<std::string> read_file(const std::filesystem::path& path, const std::string& form,
                              std::string too_large, std::string empty) {
  const auto bad = [&](std::string what, std::string remedy) {
    return error{errc::invalid_argument, std::move(what), path.string(), std::move(remedy)};
  };
  std::error_code ec;
  const auto kind = std::filesystem::status(path, ec).type();
  if (kind == std::filesystem::file_type::not_found)
    return bad("there is no such file", "give the path of " + form);
  if (kind == std::filesystem::file_type::directory)
    return bad("this is a directory", "give the path of " + form + " in it");
  std::ifstream in(path, std::ios::binary);
  if (!in) return bad("the file cannot be read", "check its permissions");
  std::string text;
  text.resize(limits::max_file_bytes + 1);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return bad("the file cannot be read", "check the disk");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > limits::max_file_bytes)
    return bad("the file is larger than " + std::to_string(limits::max_file_bytes) + " bytes",
               std::move(too_large));
  if (text.empty()) return bad("the file is empty", std::move(empty));
  return text;
}

}  // namespace

result<std::string> read_workflow_file(const std::filesystem::path& path) {
  return read_file(path, "a workflow file", "split the workflow",
                   "a workflow needs at least {\"blocks\": []}");
}

result<std::string> read_config_file(const std::filesystem::path& path) {
  return read_file(path, "a configuration file", "no configuration needs so much",
                   "write at least {}");
}

std::string id_of_file(const std::filesystem::path& path) {
  std::string id;
  for (const char c : path.stem().string())
    id += std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' ? c : '_';
  return id.empty() ? "workflow" : id;
}

}  // namespace pitwall::cli
