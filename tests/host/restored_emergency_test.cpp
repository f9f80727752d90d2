#include "runtime/host/restored_emergency.hpp"

#include "runtime/host/scope_names.hpp"
#include "tests/support/catch.hpp"

namespace pitwall {
namespace {

using scopes = std::vector<emergency_state_changed>;

emergency_state_changed state_of(const std::string& scope, const std::string& state) {
  return {scope, "normal", state, "r", "o", "manual"};
}
restored_emergency restored(const result<scopes>& journaled,
                            const std::optional<std::string>& marker = std::nullopt,
                            bool leave_shutdown = false) {
  return restore_emergency(journaled, marker, leave_shutdown, timestamp{});
}

}  // namespace

TEST_CASE("the emergency state comes back as it was journaled") {
  const auto r = restored(scopes{state_of("global", "alert"), state_of("bot:b", "halt"),
                                 state_of("venue:v", "normal")});
  CHECK(r.halts.empty());
  CHECK(r.changes.empty());
  CHECK(r.book.level("global") == emergency_level::alert);
  CHECK(r.book.level("bot:b") == emergency_level::halt);
  CHECK(r.book.level("venue:v") == emergency_level::normal);
}

TEST_CASE("a state that cannot be read halts everything") {
  const auto r = restored(error{errc::data_loss, "bad checksum", {}, {}});
  REQUIRE(r.halts.size() == 1);
  CHECK(r.halts[0].scope == "global");
  CHECK(r.halts[0].action == emergency_action::halt);
  CHECK(r.halts[0].reason.find("bad checksum") != std::string::npos);
}

TEST_CASE("a state that cannot be understood halts everything, and the others hold") {
  const auto r = restored(scopes{state_of("bot:a", "asleep"), state_of("bot:b", "halt")});
  REQUIRE(r.halts.size() == 1);
  CHECK(r.halts[0].scope == "global");
  CHECK(r.book.level("bot:b") == emergency_level::halt);
}

TEST_CASE("a marker halts everything, whatever the journal says or does not") {
  CHECK(restored(scopes{}, "bot:b lost").halts.at(0).reason.find("bot:b lost") !=
        std::string::npos);
  const auto touched = restored(scopes{}, "").halts;
  REQUIRE(touched.size() == 1);
  CHECK(touched[0].reason.find("by hand") != std::string::npos);
  CHECK(touched[0].reason.find("journaled") == std::string::npos);
  CHECK(restored(error{errc::io_error, "gone", {}, {}}, "x").halts.size() == 2);
}

TEST_CASE("a shutdown is left with the flag alone, and then it is a halt") {
  const scopes shut{state_of("global", "shutdown")};
  CHECK(restored(shut).book.level("global") == emergency_level::shutdown);
  const auto left = restored(shut, std::nullopt, true);
  CHECK(left.book.level("global") == emergency_level::halt);
  REQUIRE(left.changes.size() == 1);
  CHECK(std::get<emergency_state_changed>(left.changes[0].body).new_state == "halt");
}

TEST_CASE("a scope that names nothing is told, with what there is") {
  const scope_names known{{"paper", "sim"}, {"a", "b"}, {}};
  CHECK(unknown_scope("global", known).empty());
  CHECK(unknown_scope("venue:paper", known).empty());
  CHECK(unknown_scope("bot:b", known).empty());
  CHECK(unknown_scope("venue:papr", known) ==
        "no venue here is called 'papr'; there is paper, sim");
  CHECK(unknown_scope("bot:B", known) == "no bot here is called 'B'; there is a, b");
  CHECK(unknown_scope("strategy:s", known) == "no strategy here is called 's'; there is none");
}

}  // namespace pitwall
