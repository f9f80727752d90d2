// A journal of before a rule: what was deployed then and is refused now is told, and kept from
// trading; the host and all the rest of it live.
#include <future>

#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"
#include "storage/open.hpp"
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

void deploy(host& h, const std::string& id, const std::string& text) {
  h.deploy(text, id, {}, [](const result<deployed_workflow>& r, const auto&) { CHECK(r.ok()); });
}

std::map<std::string, std::string> why_given_up(host& h) {
  std::map<std::string, std::string> out;
  h.workflows([&](const result<std::vector<deployed_workflow>>& all) {
    REQUIRE(all.ok());
    for (const auto& w : *all) out[w.id] = w.given_up;
  });
  return out;
}

/// As a version without the rule has stored it.
void name_bot(const std::filesystem::path& data, const std::string& before,
              const std::string& after) {
  storage_options o;
  o.directory = data;
  const auto storage = open_rocksdb(o);
  REQUIRE(storage.ok());
  const auto all = storage->states->scan("definition/");
  REQUIRE(all.ok());
  for (auto [key, text] : *all) {
    const auto at = text.find(before);
    if (at == text.npos) continue;
    text.replace(at, before.size(), after);
    REQUIRE(storage->states->put(key, text, durability::sync).ok());
    return;
  }
  FAIL("no such definition");
}

}  // namespace

TEST_CASE("a bot of an older journal that no halt can name is not deployed again, and said so") {
  const test::scratch_directory d;
  std::string other = file;
  other.replace(other.find("\"b\""), 3, "\"c\"");
  {
    const auto h = opened(d.path());
    deploy(*h, "a", file);
    deploy(*h, "other", other);
  }
  name_bot(d.path(), R"("bot_id":"b")", R"("bot_id":"b\n")");
  const auto h = opened(d.path());
  auto why = why_given_up(*h);
  CHECK(why.at("other").empty());
  CAPTURE(why.at("a"));
  CHECK(why.at("a").find("the bot_id has control characters") != std::string::npos);
  CHECK(why.at("a").find("/bot_id") != std::string::npos);
  deploy(*h, "a", file);
  CHECK(why_given_up(*h).at("a").empty());
}
