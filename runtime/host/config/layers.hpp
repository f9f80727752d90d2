// Job: one layer after the other into the settings; a later one takes an earlier one's place, value
//      by value. Threads: pure.
#pragma once

#include "runtime/host/config/settings.hpp"

namespace pitwall::config {

/// Where problems are put; more than max_problems are counted, and told as one.
class findings {
 public:
  void add(std::string message, std::string where, std::string remedy);
  void add(error e, std::string where);
  std::vector<error> take();
  std::size_t count() const noexcept { return found_.size() + dropped_; }

 private:
  std::vector<error> found_;
  std::size_t dropped_ = 0;
};

void lay_defaults(settings& into, std::string_view profile);
void lay_file(settings& into, const source_file& file, const value& content, findings& wrong);
void lay_environment(settings& into, const std::vector<variable>& variables, findings& wrong);
void lay_flags(settings& into, const std::vector<flag>& flags, findings& wrong);

/// "PITWALL__SERVER__PORT"
std::string variable_of(std::string_view path);

}  // namespace pitwall::config
