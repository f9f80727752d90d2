#include "runtime/workers/placement.hpp"

#include <algorithm>
#include <tuple>

namespace pitwall {
namespace {

std::string joined(std::span<const std::string> all) {
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : ",") + one;
  return out;
}

bool has(const candidate& who, const std::string& label) noexcept {
  return std::find(who.labels.begin(), who.labels.end(), label) != who.labels.end();
}

double nodes_per_core(const candidate& c) noexcept {
  return (c.nodes + 1.0) / std::max<std::uint32_t>(c.cores, 1);
}

/// The worker that lacks the least, and what.
std::string nearest(std::span<const std::string> wanted, std::span<const candidate> among) {
  const candidate* best = nullptr;
  std::vector<std::string> lacking;
  for (const auto& c : among) {
    std::vector<std::string> lacks;
    for (const auto& w : wanted)
      if (!has(c, w)) lacks.push_back(w);
    if (best != nullptr &&
        std::tuple(lacks.size(), c.name) >= std::tuple(lacking.size(), best->name))
      continue;
    best = &c;
    lacking = std::move(lacks);
  }
  if (best == nullptr) return "no worker is here";
  return std::to_string(among.size()) + (among.size() == 1 ? " is" : " are") + " here, and '" +
         best->name + "' lacks " + joined(lacking);
}

}  // namespace

bool has_labels(const candidate& who, std::span<const std::string> wanted) noexcept {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& w) { return has(who, w); });
}

const candidate* choose_place(std::span<const std::string> wanted, std::span<const candidate> among,
                              std::span<const std::uint64_t> passed) noexcept {
  const auto rank = [](const candidate& c) {
    return std::tuple<double, double, const std::string&>(nodes_per_core(c), c.load, c.name);
  };
  const candidate* best = nullptr;
  for (const auto& c : among) {
    if (!has_labels(c, wanted) || std::ranges::find(passed, c.epoch) != passed.end()) continue;
    if (best == nullptr || rank(c) < rank(*best)) best = &c;
  }
  return best;
}

error no_place(std::span<const std::string> wanted, std::span<const candidate> among) {
  const auto labels = joined(wanted);
  std::string fit;
  for (const auto& c : among)
    if (has_labels(c, wanted)) fit += (fit.empty() ? "'" : ", '") + c.name + "'";
  if (!fit.empty())
    return {errc::aborted,
            "no worker with the labels " + labels + " but " + fit + ", passed over for now",
            {},
            "it is tried again in a while"};
  return {errc::unavailable,
          "no worker with the labels " + labels + ": " + nearest(wanted, among),
          {},
          "start one with `pitwall worker --join HOST:PORT --labels " + labels +
              "`, or change the block's `placement`"};
}

}  // namespace pitwall
