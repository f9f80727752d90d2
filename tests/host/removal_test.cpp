#include <future>

#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

using namespace pitwall;

namespace {

constexpr const char* file = R"({"bot_id": "b", "blocks": [
  {"id": "t", "type": "manual_trigger", "category": "triggers"}]})";

std::unique_ptr<host> opened(const std::filesystem::path& data) {
  host_options o;
  o.data_directory = data;
  o.log = make_console_log(log_form::text, log_level::error);
  auto h = host::open(std::move(o));
  if (!h.ok()) FAIL(h.error().to_string());
  return std::move(*h);
}

std::vector<std::string> deployed(host& h) {
  std::vector<std::string> ids;
  h.workflows([&](const result<std::vector<deployed_workflow>>& all) {
    REQUIRE(all.ok());
    for (const auto& w : *all) ids.push_back(w.id);
  });
  return ids;
}

void deploy(host& h, const std::string& id) {
  h.deploy(file, id, {}, [](const result<deployed_workflow>& r, const auto&) { CHECK(r.ok()); });
}

/// Empty: it was.
std::string remove(host& h, const std::string& id) {
  std::string said = "no answer";
  h.remove(id, [&](const result<done>& r) {
    said = r.ok() ? "" : std::string(to_string(r.error().code));
  });
  return said;
}

}  // namespace

TEST_CASE("a removed workflow stays away over a restart, and may be deployed again") {
  const test::scratch_directory d;
  using list = std::vector<std::string>;
  {
    const auto h = opened(d.path());
    deploy(*h, "a");
    deploy(*h, "b");
    CHECK(remove(*h, "a").empty());
    CHECK(remove(*h, "a") == "not_found");
    CHECK(deployed(*h) == list{"b"});
  }
  const auto h = opened(d.path());
  CHECK(deployed(*h) == list{"b"});
  deploy(*h, "a");
  CHECK(deployed(*h) == list{"a", "b"});
}

TEST_CASE("nobody speaks to a workflow that was removed, or deployed again, and has ended") {
  const test::scratch_directory d;
  const auto h = opened(d.path());
  constexpr unsigned removals = 5;
  const auto letters = [&] {
    std::uint64_t n = 0;
    for (const auto& l : h->health().dead_letters) n += l.count;
    return n;
  };
  for (unsigned i = 0; i < removals; ++i) {
    deploy(*h, "a");
    CHECK(remove(*h, "a").empty());
  }
  const auto halt = [&](emergency_action what) {
    std::promise<bool> told;
    h->emergency({what, "global", "test", "ann", "manual"},
                 [&](const result<emergency_answer>& r) { told.set_value(r.ok()); });
    CHECK(told.get_future().get());
  };
  for (int i = 0; i < 20; ++i) {
    h->bots([](const result<std::vector<bot_view>>& r) { CHECK(r.ok()); });
    halt(emergency_action::halt);
    halt(emergency_action::resume);
  }
  CHECK(h->drain(std::chrono::seconds(20)));
  // One may be spoken to just as it ends.
  CHECK(letters() <= 2 * removals);
}
