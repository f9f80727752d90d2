// A worker of another version at the port of a real host.
#include <future>

#include "actors/message_types.hpp"
#include "actors/workers/front_door.hpp"
#include "net/workers/mutual_tls.hpp"
#include "net/workers/worker_dial.hpp"
#include "runtime/host/workers/caf_links.hpp"
#include "tests/process/worker_hosts.hpp"
#include "tests/process/workflows.hpp"

namespace pitwall::test {
namespace {

struct other_config : house_config {
  other_config() {
    caf_links::load(*this);
    set("logger.verbosity", caf::atom("quiet"));
  }
};

/// The front door of the host, as any version finds it.
result<front_door_actor> find_door(remote::worker_dial& dial, caf_links& links) {
  std::promise<result<front_door_actor>> found;
  dial.dial([&](result<std::shared_ptr<remote::descriptor>> link) {
    if (!link.ok()) return found.set_value(link.error());
    links.connect<front_door_actor>(std::move(**link), workers_patience,
                                    [&](auto r) { found.set_value(std::move(r)); });
  });
  return found.get_future().get();
}

}  // namespace

TEST_CASE("a worker of another version is refused, and told both versions", "[workers]") {
  const certificate_desk desk;
  host_of_workers host(desk, buys);
  const auto papers = desk.issue("w9");
  std::vector<error> problems;
  remote::dial_options d;
  d.host = "127.0.0.1";
  d.port = host.port;
  d.tls = remote::open_mutual_tls({papers.certificate, papers.key, papers.authority},
                                  remote::side::worker, problems);
  REQUIRE(problems.empty());

  other_config config;
  caf::actor_system system(config);
  caf_links links(system);
  remote::worker_dial dial(std::move(d));
  const auto found = find_door(dial, links);
  INFO((found.ok() ? std::string() : found.error().to_string()));
  REQUIRE(found.ok());
  caf::scoped_actor self(system);
  door said;
  self->request(*found, workers_patience, knock{worker_protocol + 1, "w9", "99.1.0"})
      .receive([&](door& answer) { said = std::move(answer); },
               [&](caf::error& e) { FAIL(system.render(e)); });
  CHECK_FALSE(said.open);
  CHECK(said.desk == nullptr);
  INFO(said.refusal);
  CHECK(said.refusal.find("99.1.0") != std::string::npos);
  CHECK(said.refusal.find(said.version) != std::string::npos);
  CHECK(said.refusal.find(std::to_string(worker_protocol + 1)) != std::string::npos);
  CHECK(host.worker("w9").is_null());
}

}  // namespace pitwall::test
