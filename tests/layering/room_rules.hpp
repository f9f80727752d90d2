// Job: the rooms of the house and who may include whom. What is not listed is forbidden.
// Threads: plain values.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/layering/source_file.hpp"

namespace layering {

/// Libraries by the name used in the table, and how their includes begin.
struct library {
  std::string_view name, prefix;
};
inline const std::vector<library> libraries = {
    {"nlohmann", "nlohmann/"}, {"caf", "caf/"},       {"boost", "boost/"},
    {"rocksdb", "rocksdb/"},   {"ssl", "openssl/"},   {"spdlog", "spdlog/"},
    {"fmt", "fmt/"},           {"cli11", "CLI/"},     {"prometheus", "prometheus/"},
    {"posix", "sys/"},         {"posix", "netinet/"}, {"posix", "arpa/"},
    {"posix", "linux/"},       {"date", "date/"}};

struct room {
  std::string_view name, directory;
  std::vector<std::string_view> rooms;      ///< Besides itself.
  std::vector<std::string_view> libraries;  ///< In its sources, and
  bool in_headers = true;                   ///< in its headers too: all who include them see them.
};

/// "posix": headers of the system, <unistd.h> and its like.
inline const std::vector<room> rooms = {
    {"base", "runtime/base", {}, {}},
    {"workflow", "runtime/workflow", {"base"}, {"nlohmann"}, false},
    {"schedule", "runtime/schedule", {"base"}, {"date"}, false},
    {"blocks", "runtime/blocks", {"base", "workflow", "schedule"}, {}},
    {"resilience", "runtime/resilience", {"base"}, {}},
    {"risk", "runtime/risk", {"base"}, {}},
    {"matching", "runtime/matching", {"base"}, {}},
    {"workers", "runtime/workers", {"base"}, {}},
    {"ports", "runtime/ports", {"base", "workflow", "risk", "resilience"}, {}},
    {"actors",
     "actors",
     {"base", "workflow", "blocks", "schedule", "resilience", "risk", "matching", "workers",
      "ports"},
     {"caf"}},
    {"storage", "storage", {"base", "workflow", "ports"}, {"rocksdb", "ssl", "posix"}},
    {"net",
     "net",
     {"base", "workflow", "ports", "matching"},
     {"boost", "ssl", "nlohmann", "posix"}},
    {"host",
     "runtime/host",
     {"base", "workflow", "blocks", "schedule", "resilience", "risk", "matching", "workers",
      "ports", "storage", "net", "actors"},
     {"caf", "spdlog", "fmt", "cli11", "prometheus", "nlohmann", "posix"}},
};

inline const room* room_of(std::string_view path) {
  for (const room& r : rooms) {
    if (path.starts_with(r.directory) && path.substr(r.directory.size()).starts_with('/')) {
      return &r;
    }
  }
  return nullptr;
}

template <class T>
bool contains(const std::vector<T>& all, std::string_view wanted) {
  return std::find(all.begin(), all.end(), wanted) != all.end();
}

/// The library an include in angle brackets belongs to; "std" for the standard library; empty
/// where it is none that we know.
inline std::string_view library_of(std::string_view header) {
  for (const library& l : libraries) {
    if (header.starts_with(l.prefix)) return l.name;
  }
  if (header.find('/') != std::string_view::npos) return {};
  return header.ends_with(".h") ? "posix" : "std";
}

/// Why this room may not include that header; empty where it may.
inline std::string objection(const room& in, std::string_view path, std::string_view header,
                             bool angled) {
  if (!angled) {
    const room* target = room_of(header);
    if (target == nullptr) {
      return "\"" + std::string(header) + "\" is in no room; include from the repository root";
    }
    if (target == &in || contains(in.rooms, target->name)) return {};
    return "room " + std::string(in.name) + " may not include room " + std::string(target->name) +
           " (" + std::string(header) + ")";
  }
  const std::string_view from = library_of(header);
  if (from == "std") return {};
  if (from.empty() || !contains(in.libraries, from)) {
    return "room " + std::string(in.name) + " may not include <" + std::string(header) + ">";
  }
  if (!in.in_headers && path.ends_with(".hpp")) {
    return "headers of room " + std::string(in.name) + " may not include <" + std::string(header) +
           ">: only its sources";
  }
  return {};
}

/// Forbidden includes of one source; a source outside of every room is one finding.
inline std::vector<finding> check_includes(const source& s) {
  const room* in = room_of(s.path);
  if (in == nullptr) return {{s.path, 1, "lies in no room: add the room to tests/layering"}};
  std::vector<finding> out;
  std::size_t number = 0;
  const std::string code = code_of(s.text, literals::keep);
  for (std::string_view line : lines_of(code)) {
    ++number;
    const std::size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string_view::npos || line[hash] != '#') continue;
    const std::size_t word = find_word(line, "include");
    if (word == std::string_view::npos) continue;
    const std::size_t open = line.find_first_of("<\"", word);
    if (open == std::string_view::npos) continue;
    const bool angled = line[open] == '<';
    const std::size_t close = line.find(angled ? '>' : '"', open + 1);
    const std::string why = objection(*in, s.path, line.substr(open + 1, close - open - 1), angled);
    if (!why.empty()) out.push_back({s.path, number, why});
  }
  return out;
}

/// The words of `pitwall_room(<name> ...)` in the build file; empty where there is no such room.
inline std::vector<std::string> build_words(std::string_view cmake, std::string_view name) {
  const std::size_t at = find_word(cmake, "pitwall_room(" + std::string(name));
  if (at == std::string_view::npos) return {};
  std::string_view call = cmake.substr(at, cmake.find(')', at) - at);
  call.remove_prefix(call.find('(') + 1);
  std::vector<std::string> words(1);
  for (char c : call) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

/// Rooms that the build links although the table forbids it, or that it does not build.
inline std::vector<finding> check_links(std::string_view cmake) {
  std::vector<finding> out;
  for (const room& r : rooms) {
    const std::vector<std::string> words = build_words(cmake, r.name);
    if (words.size() < 2 || words[1] != r.directory) {
      out.push_back({"CMakeLists.txt", 1, "does not build room " + std::string(r.name)});
      continue;
    }
    for (std::size_t i = 2; i < words.size(); ++i) {
      const bool is_room = std::any_of(rooms.begin(), rooms.end(),
                                       [&](const room& other) { return other.name == words[i]; });
      if (is_room && !contains(r.rooms, words[i])) {
        out.push_back(
            {"CMakeLists.txt", 1, "links room " + std::string(r.name) + " to room " + words[i]});
      }
    }
  }
  return out;
}

}  // namespace layering
