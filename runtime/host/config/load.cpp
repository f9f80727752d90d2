#include "runtime/host/config/check.hpp"
#include "runtime/host/config/layers.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::config {
namespace {

/// What the last layer that speaks of it says; a word that is no profile is told of by its layer.
std::string profile_of(const sources& from, const value& file) {
  std::string said;
  if (const auto* v = file.find("profile"); v != nullptr && v->is_text()) said = v->as_text();
  for (const auto& v : from.environment)
    if (v.name == variable_of("/profile")) said = v.text;
  for (const auto& f : from.flags)
    if (f.pointer == "/profile") said = f.text;
  return said;
}

}  // namespace

loaded load(const sources& from) {
  loaded out;
  findings wrong;
  value content{value::object{}};
  if (from.file) {
    auto parsed = from.file->text.size() > limits::max_file_bytes
                      ? result<value>(error{errc::invalid_argument,
                                            "the file is larger than 1 MiB",
                                            {},
                                            "no configuration needs so much"})
                      : parse_json_with_comments(from.file->text);
    if (parsed.ok()) {
      content = std::move(*parsed);
    } else {
      auto e = std::move(parsed).error();
      const auto place = e.where.empty() ? std::string() : " " + e.where;
      if (e.remedy.empty()) e.remedy = "correct it there; // and /* */ comments are allowed";
      wrong.add(std::move(e), from.file->name + place);
    }
  }
  out.profile = profile_of(from, content);
  lay_defaults(out.config, out.profile);
  if (from.file) lay_file(out.config, *from.file, content, wrong);
  lay_environment(out.config, from.environment, wrong);
  lay_flags(out.config, from.flags, wrong);
  check(out.config, wrong);
  out.problems = wrong.take();
  return out;
}

}  // namespace pitwall::config
