// Job: what a crash test knows without asking the host: which starts were prepared, refused and
//      acknowledged, which halts, and what had reached the exchange then. After any number of
//      kills only what was under way may be ambiguous, and the journal has to agree.
// Threads: all functions may be called from any.
#pragma once

#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "tests/support/order_books.hpp"

namespace pitwall::test {

class crash_world {
 public:
  explicit crash_world(std::uint64_t seed) : seed_(seed) {}

  // ---- starts
  struct start {
    std::string key, workflow;
  };
  /// A key that was never used before.
  start prepare(const std::string& workflow);
  /// No answer came: the start may have happened, and has to be asked for again.
  void unanswered(const start& s);
  void acknowledged(const start& s, const std::string& execution_id);
  /// The host said that it starts nothing.
  void refused(const start& s);
  /// One whose fate is not known, taken out of the list; without a key: there is none.
  start take_unanswered();
  std::size_t answers() const;       ///< Acknowledgements and refusals.
  std::size_t ended_starts() const;  ///< Acknowledged ones, each once.
  /// Some that were acknowledged, with the execution each gave.
  std::vector<std::pair<start, std::string>> some_acknowledged(std::mt19937_64& random,
                                                               std::size_t count) const;

  // ---- halts
  /// `arrived`: orders at the exchange after the acknowledgement; `listed`: those it names.
  void halted(const std::string& scope, std::size_t arrived, std::vector<std::string> listed);
  /// A resume of the scope is about to be asked for, with so many orders at the exchange.
  void resumes(const std::string& scope, std::size_t arrived);
  /// Scopes that are halted for sure.
  std::vector<std::string> halted_scopes() const;

  /// Everything that does not fit.
  std::vector<std::string> differences(const journal_facts& journal,
                                       const exchange_account& venue) const;

 private:
  enum class fate { open, acknowledged, refused };
  struct known_start {
    std::string workflow;
    fate is = fate::open;
    std::string execution_id{};
  };
  struct halt {
    std::string scope;
    std::size_t from = 0, to = ~std::size_t{0};
    std::vector<std::string> listed;
  };

  void compare_starts(const journal_facts& journal, std::vector<std::string>& out) const;
  void compare_halts(const journal_facts& journal, const exchange_account& venue,
                     std::vector<std::string>& out) const;

  const std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::map<std::string, known_start> starts_;  ///< By key.
  std::vector<start> unanswered_;
  std::vector<halt> halts_;
  std::vector<std::string> faults_;
  std::size_t answers_ = 0, acknowledged_ = 0;
};

}  // namespace pitwall::test
