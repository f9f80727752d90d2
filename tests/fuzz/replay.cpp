// Job: tries every file of a corpus, and a fixed number of mutations of each from a printed seed,
//      so that the targets are exercised where no clang is.
// Use: fuzz_X CORPUS [SEED [MUTATIONS]]
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/target.hpp"

namespace {

using bytes = std::string;

std::vector<bytes> read_corpus(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<bytes> all;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    all.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return all;
}

class mutator {
 public:
  mutator(const std::vector<bytes>& corpus, std::uint64_t seed) : corpus_(corpus), random_(seed) {}

  bytes mutate(bytes from) {
    for (auto times = 1 + below(4); times > 0; --times) change(from);
    return from;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  void change(bytes& b) {
    const auto at = below(b.size() + 1),
               length = below(std::min<std::size_t>(b.size() - at, 16) + 1);
    switch (below(6)) {
      case 0:
        if (at < b.size()) b[at] = static_cast<char>(b[at] ^ (1 << below(8)));
        break;
      case 1:
        b.erase(at, length);
        break;
      case 2:
        b.insert(at, b.substr(below(b.size() + 1), 1 + below(32)));
        break;
      case 3:
        b.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 4:
        b.resize(at);
        break;
      default: {  // From here on, another one.
        const auto& other = corpus_[below(corpus_.size())];
        b = b.substr(0, at) + other.substr(below(other.size() + 1));
      }
    }
  }

  const std::vector<bytes>& corpus_;
  std::mt19937_64 random_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "use: %s CORPUS [SEED [MUTATIONS]]\n", arguments[0]);
    return 64;
  }
  const auto corpus = read_corpus(arguments[1]);
  const std::uint64_t seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
  const std::size_t mutations = count > 3 ? std::strtoull(arguments[3], nullptr, 10) : 3'000;
  if (corpus.empty()) {
    std::fprintf(stderr, "no corpus in %s\n", arguments[1]);
    return 66;
  }
  std::printf("%zu files, %zu mutations of each, seed %llu\n", corpus.size(), mutations,
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);  // Before anything can stop the program.
  mutator change(corpus, seed);
  for (const auto& file : corpus) {
    pitwall::fuzz::try_one(file);
    for (std::size_t i = 0; i < mutations; ++i) pitwall::fuzz::try_one(change.mutate(file));
  }
  return 0;
}
