#include "net/server/wake_pace.hpp"

#include "tests/net/server_fixture.hpp"
#include "tests/net/stream_client.hpp"

using namespace pitwall;
using namespace pitwall::test;
using namespace std::chrono_literals;

TEST_CASE("viewers are told after a multiple of what telling them costs, and soon") {
  http::wake_pace pace({4, 100us, 2ms});
  CHECK(pace.wait(0us) == 0us);
  pace.round_begins(10ms);
  // One or two viewers: at once.
  CHECK(pace.wait(10ms) == 0us);
  CHECK(pace.wait(10ms + 24us) == 0us);
  CHECK(pace.wait(10ms + 25us) == 100us);
  CHECK(pace.wait(10ms + 300us) == 1200us);
  CHECK(pace.wait(10ms + 500us) == 2ms);
  CHECK(pace.wait(15ms) == 2ms);
  // What a round cost counts for the next wait alone.
  pace.round_begins(15ms);
  CHECK(pace.wait(15ms + 50us) == 200us);
}
