// Job: libFuzzer's door to a target (LLVM documentation, "libFuzzer: a library for coverage-guided
//      fuzz testing").
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pitwall::fuzz::try_one({reinterpret_cast<const char*>(data), size});
  return 0;
}
