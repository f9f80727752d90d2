// The programs that tests run: none outlives a test that is killed.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {

TEST_CASE("a child dies with the process that made it, also where that is killed") {
  // Whoever loses its parent becomes a child of this process, which can wait for its end.
  REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t middle = fork();
  REQUIRE(middle >= 0);
  if (middle == 0) {
    child_process child({"/bin/sh", "-c", "echo up; exec sleep 20"});
    const pid_t id = child.id();
    if (child.read_line() != "up" || write(ends[1], &id, sizeof id) != sizeof id) _exit(1);
    raise(SIGKILL);
  }
  close(ends[1]);
  pid_t child = 0;
  REQUIRE(read(ends[0], &child, sizeof child) == sizeof child);
  close(ends[0]);
  int how = 0;
  REQUIRE(waitpid(middle, &how, 0) == middle);
  REQUIRE(waitpid(child, &how, 0) == child);  // 20 s, should it live on.
  CHECK(WIFSIGNALED(how));
  CHECK(WTERMSIG(how) == SIGKILL);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

}  // namespace pitwall::test
