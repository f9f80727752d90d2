// Links the whole host: every library a room needs comes along with the package.
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include "runtime/host/host.hpp"

namespace {

class silent_log final : public pitwall::log_port {
 public:
  void write(pitwall::log_level, std::string_view, std::string_view,
             const pitwall::log_context&) override {}
};

}  // namespace

int main() {
  pitwall::host_options options;
  options.mode = pitwall::durability::memory;
  options.log = std::make_shared<silent_log>();
  auto opened = pitwall::host::open(std::move(options));
  if (!opened.ok()) {
    std::fprintf(stderr, "external_host: %s\n", opened.error().to_string().c_str());
    return 1;
  }
  std::puts("a host opened and closed");
  return 0;
}
