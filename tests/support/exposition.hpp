// Job: a strict reader of Prometheus's text format 0.0.4, written from its definition: one that
//      accepts less than Prometheus does, and says what is wrong with which line.
// Threads: pure.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pitwall::test {

class exposition {
 public:
  using label_set = std::map<std::string, std::string>;
  struct family {
    std::string type, help;
    std::map<std::pair<std::string, label_set>, double> samples{};  ///< By full name and labels.
  };

  explicit exposition(std::string_view text) {
    if (!text.ends_with('\n')) complain("the last line has no end", text);
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      read(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    for (const auto& [name, f] : families) check(name, f);
  }

  /// -1 where there is none.
  double at(const std::string& name, const label_set& labels = {}) const {
    for (const auto& [_, f] : families)
      if (const auto s = f.samples.find({name, labels}); s != f.samples.end()) return s->second;
    return -1;
  }
  /// Of all samples of this name with these labels among theirs.
  double sum(const std::string& name, const label_set& some = {}) const {
    double all = 0;
    for (const auto& [_, f] : families)
      for (const auto& [key, v] : f.samples)
        if (key.first == name &&
            std::includes(key.second.begin(), key.second.end(), some.begin(), some.end()))
          all += v;
    return all;
  }

  std::map<std::string, family> families;
  std::vector<std::string> faults;

 private:
  void complain(const std::string& what, std::string_view line) {
    faults.push_back(what + ": " + std::string(line));
  }

  static std::string_view take_name(std::string_view& from, bool colons) {
    std::size_t n = 0;
    const auto fits = [&](char c) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      return letter || (colons && c == ':') || (n > 0 && c >= '0' && c <= '9');
    };
    while (n < from.size() && fits(from[n])) ++n;
    const auto name = from.substr(0, n);
    from.remove_prefix(n);
    return name;
  }

  void read(std::string_view line) {
    if (line.starts_with("# HELP ")) return read_help(line);
    if (line.starts_with("# TYPE ")) return read_type(line);
    if (line.empty() || line.front() == '#')
      return complain("neither sample nor HELP nor TYPE", line);
    read_sample(line);
  }

  void read_help(std::string_view line) {
    auto rest = line.substr(7);
    const std::string name(take_name(rest, true));
    if (name.empty() || !rest.starts_with(' ') || rest.size() < 2) complain("bad HELP", line);
    if (families.contains(name)) complain("a family twice", line);
    families[name].help = rest;
    current_ = name;
  }

  void read_type(std::string_view line) {
    auto rest = line.substr(7);
    const std::string name(take_name(rest, true));
    const std::set<std::string_view> types{" counter", " gauge", " histogram"};
    if (name != current_ || !types.contains(rest) || !families[name].type.empty() ||
        !families[name].samples.empty()) {
      return complain("bad TYPE, or not right behind its HELP", line);
    }
    families[name].type = rest.substr(1);
  }

  void read_sample(std::string_view line) {
    auto rest = line;
    const std::string name(take_name(rest, true));
    auto labels = read_labels(rest);
    if (name.empty() || !labels || !rest.starts_with(' ')) return complain("bad sample", line);
    const auto value = number(rest.substr(1));
    if (!value) return complain("bad number", line);
    auto& f = families[current_];
    if (f.type.empty()) return complain("a sample before its TYPE", line);
    const auto suffix = name.starts_with(current_) ? name.substr(current_.size()) : "?";
    const bool of_histogram = suffix == "_bucket" || suffix == "_sum" || suffix == "_count";
    if (f.type == "histogram" ? !of_histogram : !suffix.empty())
      return complain("a sample outside of its family", line);
    if (!f.samples.emplace(std::pair{name, std::move(*labels)}, *value).second)
      complain("a sample twice", line);
  }

  static std::optional<label_set> read_labels(std::string_view& rest) {
    label_set out;
    if (!rest.starts_with('{')) return out;
    rest.remove_prefix(1);
    while (true) {
      const std::string name(take_name(rest, false));
      if (name.empty() || !rest.starts_with("=\"")) return {};
      rest.remove_prefix(2);
      auto text = quoted(rest);
      if (!text || !out.emplace(name, std::move(*text)).second) return {};
      const bool more = rest.starts_with(',');
      if (!more && !rest.starts_with('}')) return {};
      rest.remove_prefix(1);
      if (!more) return out;
    }
  }

  static std::optional<std::string> quoted(std::string_view& rest) {
    std::string out;
    while (!rest.empty() && rest.front() != '"') {
      char c = rest.front();
      if (c == '\\') {
        rest.remove_prefix(1);
        if (rest.empty()) return {};
        if (rest.front() != '\\' && rest.front() != '"' && rest.front() != 'n') return {};
        c = rest.front() == 'n' ? '\n' : rest.front();
      }
      out += c;
      rest.remove_prefix(1);
    }
    if (rest.empty()) return {};
    rest.remove_prefix(1);
    return out;
  }

  static std::optional<double> number(std::string_view text) {
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Inf") return -std::numeric_limits<double>::infinity();
    if (text == "Nan" || text == "NaN") return std::nan("");
    double v = 0;
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), v);
    if (bad != std::errc() || end != text.data() + text.size()) return {};
    return v;
  }

  void check(const std::string& name, const family& f) {
    if (f.samples.empty()) complain("a family without samples", name);
    if (f.type == "counter" && !name.ends_with("_total")) complain("a counter's name", name);
    if (f.type != "counter" && name.ends_with("_total")) complain("no counter, but its name", name);
    for (const auto& [key, v] : f.samples)
      if (f.type != "gauge" && (std::isnan(v) || v < 0)) complain("below zero", key.first);
    if (f.type == "histogram") check_histogram(name, f);
  }

  void check_histogram(const std::string& name, const family& f) {
    std::map<label_set, std::map<double, double>> buckets;
    for (const auto& [key, v] : f.samples) {
      if (key.first != name + "_bucket") continue;
      auto others = key.second;
      const auto le = others.extract("le");
      const auto bound = le.empty() ? std::nullopt : number(le.mapped());
      if (!bound) return complain("a bucket without le", name);
      buckets[others][*bound] = v;
    }
    for (const auto& [labels, all] : buckets) {
      double before = 0;
      for (const auto& [bound, count] : all) {
        if (count < before) complain("buckets fall", name);
        before = count;
      }
      if (!std::isinf(all.rbegin()->first)) complain("no bucket for all", name);
      const auto count = f.samples.find({name + "_count", labels});
      if (count == f.samples.end() || count->second != before) complain("another count", name);
      if (!f.samples.contains({name + "_sum", labels})) complain("no sum", name);
    }
    if (f.samples.size() != counted(buckets)) complain("sums or counts without buckets", name);
  }
  static std::size_t counted(const std::map<label_set, std::map<double, double>>& buckets) {
    std::size_t n = 0;
    for (const auto& [_, all] : buckets) n += all.size() + 2;
    return n;
  }

  std::string current_;
};

}  // namespace pitwall::test
