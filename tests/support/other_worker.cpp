// A worker of another version, as a process: all of it is as in `pitwall worker`, but for the
// version that it says it is and the protocol number that it knocks with. It has the venue `sim`.
// Usage: other_worker HOST:PORT CERTIFICATE KEY AUTHORITY EXCHANGE_URL EXCHANGE_KEY_FILE
#include <signal.h>

#include <cstdio>

#include "actors/workers/front_door.hpp"
#include "net/workers/mutual_tls.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/host/workers/worker_process.hpp"

int main(int argc, char** argv) {
  using namespace pitwall;
  if (argc != 7) return 64;
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  auto place = parse_host_place(argv[1]);
  if (!place.ok()) return 64;
  worker_setup setup;
  setup.join = *place;
  setup.identity = {argv[2], argv[3], argv[4]};
  setup.name = remote::name_in(setup.identity.certificate);
  setup.labels = {"venue=sim"};
  outside_venue sim;
  sim.name = "sim";
  sim.url = argv[5];
  sim.key_file = argv[6];
  setup.venues.push_back(sim);
  setup.version = "99.1.0";
  setup.protocol = worker_protocol + 1;
  setup.log = make_console_log(log_form::text, log_level::info);
  auto opened = worker_process::open(std::move(setup));
  if (!opened.ok()) {
    std::fprintf(stderr, "%s\n", opened.error().to_string().c_str());
    return 64;
  }
  std::puts("worker: joining");
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  return 0;
}
