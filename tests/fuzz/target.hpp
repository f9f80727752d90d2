// Job: what a fuzz target is: one function that takes any bytes, and stops the program where what
//      must hold does not. Linked with libFuzzer (libfuzzer.cpp, `./dev fuzz`), which looks for
//      such bytes, and with replay.cpp, which tries those in corpus/ in every run of the tests.
// Errors: abort(), after a line on stderr. Threads: one.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace pitwall::fuzz {

/// Defined by each target.
void try_one(std::string_view bytes);

inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "this must hold and does not: %s\n", what);
  std::abort();
}

}  // namespace pitwall::fuzz
