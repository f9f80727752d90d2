#include "runtime/host/config/layers.hpp"

#include <algorithm>
#include <filesystem>

#include "runtime/host/config/key_tree.hpp"
#include "runtime/host/config/value.hpp"
#include "runtime/workflow/json.hpp"
#include "runtime/workflow/spelling.hpp"

namespace pitwall::config {
namespace {

/// Names of secrets that people put where they do not belong.
bool sounds_secret(std::string_view name) {
  constexpr std::string_view words[] = {"secret", "password", "passphrase",
                                        "token",  "api_key",  "private"};
  return std::any_of(std::begin(words), std::end(words),
                     [&](auto w) { return name.find(w) != name.npos; });
}

std::string remedy_of_unknown(const key_node& at, std::string_view name, spelling& names) {
  const auto known = at.names();
  if (sounds_secret(name)) {
    const std::string rule =
        "a secret stands in no configuration: name the file that holds it, as key_file does";
    return names.nearest(name, known).empty() ? rule
                                              : names.suggestion(name, known, {}) + ' ' + rule;
  }
  if (known.empty()) return "nothing can be set here";
  return names.suggestion(name, known, "there are: " + listed(known));
}

void put(settings& into, const key& k, const std::string& pointer, value v, layer from,
         std::string where) {
  into.all.insert_or_assign(pointer, setting{&k, std::move(v), from, std::move(where)});
}

/// Walks a file's value along the tree of keys.
class file_walk {
 public:
  file_walk(settings& into, const source_file& file, findings& wrong)
      : into_(into), file_(file), wrong_(wrong) {}

  void walk(const key_node& node, const value& v, const std::string& pointer,
            std::string_view name) {
    if (node.leaf != nullptr) return take(*node.leaf, v, pointer, name);
    if (node.any_index != nullptr) return walk_list(*node.any_index, v, pointer);
    if (!v.is_object())
      return wrong_.add("this must be an object, and is " + std::string(to_string(v.type())),
                        place(pointer), "write {...}");
    std::size_t given = 0;
    for (const auto& [member, content] : v.as_object()) {
      const auto at = pointer + "/" + pointer_token(member);
      const auto* next = node.below(member);
      if (next == nullptr) {
        wrong_.add("there is no setting " + in_quotes(member) +
                       (pointer.empty() ? "" : " in " + in_quotes(shown(pointer))),
                   place(at), remedy_of_unknown(node, member, names_));
        continue;
      }
      if (next == node.any_name.get() && !take_name(member, at, ++given)) continue;
      // What is none is told of once, and not missed in it as well.
      if (node.any_name != nullptr && (content.is_object() || next->leaf != nullptr))
        into_.elements.emplace(at, place(at));
      walk(*next, content, at, member);
    }
  }

 private:
  std::string place(const std::string& pointer) const { return file_.name + "#" + pointer; }

  bool take_name(std::string_view name, const std::string& at, std::size_t given) {
    const bool good = !name.empty() && name.size() <= 200 && given <= max_named &&
                      std::none_of(name.begin(), name.end(), [](char c) {
                        return static_cast<unsigned char>(c) < 0x20U || c == 0x7F;
                      });
    if (!good)
      wrong_.add(given > max_named ? "there are too many of these" : "this is no usable name",
                 place(at), "give up to 200 characters, and at most 1000 of them");
    return good;
  }

  void walk_list(const key_node& element, const value& v, const std::string& pointer) {
    if (!v.is_list())
      return wrong_.add("this must be a list, and is " + std::string(to_string(v.type())),
                        place(pointer), "write [...]");
    const auto& items = v.as_list();
    if (items.size() > max_bots)
      wrong_.add("there are " + std::to_string(items.size()) + " elements", place(pointer),
                 "give at most " + std::to_string(max_bots));
    for (std::size_t i = 0; i < std::min(items.size(), max_bots); ++i) {
      const auto at = pointer + "/" + std::to_string(i);
      if (items[i].is_object()) into_.elements.emplace(at, place(at));
      walk(element, items[i], at, {});
    }
  }

  void take(const key& k, const value& v, const std::string& pointer, std::string_view name) {
    auto taken = read(k, v, name);
    if (!taken.ok()) {
      into_.unread.emplace(pointer, place(pointer));
      return wrong_.add(std::move(taken).error(), place(pointer));
    }
    put(into_, k, pointer, k.how == form::path ? from_here(*taken) : *taken, layer::file,
        place(pointer));
  }

  /// A relative path starts where the file is.
  value from_here(const value& v) const {
    const auto directory = std::filesystem::path(file_.name).parent_path();
    if (!v.is_text() || directory.empty()) return v;
    return value((directory / v.as_text()).lexically_normal().string());
  }

  settings& into_;
  const source_file& file_;
  findings& wrong_;
  spelling names_;
};

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool plain = lower || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += lower ? static_cast<char>(c - 32) : plain ? c : '_';
  }
  return out;
}

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::vector<std::string_view> split(std::string_view name) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto at = name.find("__");
    out.push_back(name.substr(0, at));
    if (at == name.npos) return out;
    name.remove_prefix(at + 2);
  }
}

/// Where a variable or a flag leads: the key and the pointer of its place.
struct target {
  const key* leaf = nullptr;
  std::string pointer, last;
  std::vector<std::string> elements;  ///< On the way, those that may be new.
};

bool is_index(std::string_view text) {
  return !text.empty() && text.size() <= 4 && (text == "0" || text.front() != '0') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Nothing: there is no such setting.
std::optional<target> find_variable(const settings& config,
                                    const std::vector<std::string_view>& parts) {
  target t;
  const auto* at = &key_tree();
  for (const auto part : parts) {
    if (part.empty()) return std::nullopt;
    if (at->any_index != nullptr) {
      if (!is_index(part)) return std::nullopt;
      t.last = std::string(part);
      at = at->any_index.get();
      t.elements.push_back(t.pointer + "/" + t.last);
    } else if (const auto named =
                   std::find_if(at->named.begin(), at->named.end(),
                                [&](const auto& n) { return folded(n.first) == folded(part); });
               named != at->named.end()) {
      t.last = named->first;
      if (at->any_name != nullptr) t.elements.push_back(t.pointer + "/" + t.last);
      at = &named->second;
    } else if (at->any_name != nullptr) {
      // Written in the file it keeps its spelling, which no variable's name can have.
      t.last = lower(part);
      for (const auto& known : config.below(t.pointer))
        if (folded(parts_of("/" + known).front()) == folded(part))
          t.last = parts_of("/" + known).front();
      at = at->any_name.get();
      t.elements.push_back(t.pointer + "/" + pointer_token(t.last));
    } else {
      return std::nullopt;
    }
    t.pointer += "/" + pointer_token(t.last);
  }
  t.leaf = at->leaf;
  return t.leaf == nullptr ? std::nullopt : std::optional(t);
}

/// Bytes that are no UTF-8 replaced: what comes from outside of the file may hold any.
std::string well_formed(std::string_view text) {
  std::string quoted;
  append_json_string(text, quoted);
  return parse_json(quoted).value().as_text();
}

bool is_text(const std::string& name, const std::string& text, findings& wrong) {
  if (well_formed(name) == name && well_formed(text) == text) return true;
  wrong.add("this is no UTF-8 text", well_formed(name).substr(0, 200), "write it in UTF-8");
  return false;
}

/// Lists have no gaps.
bool add_elements(settings& into, const target& t, const std::string& where, findings& wrong) {
  for (const auto& element : t.elements) {
    const auto slash = element.rfind('/');
    const auto index = element.substr(slash + 1);
    const auto there = into.below(element.substr(0, slash)).size();
    if (element.starts_with("/bots/") && slash == 5 &&
        (std::stoul(index) > there || there > max_bots)) {
      wrong.add("there is no bot " + index + ": there are " + std::to_string(there), where,
                "count from 0");
      return false;
    }
    into.elements.emplace(element, where);
  }
  return true;
}

/// The place of a flag, "/bots/=ID" turned into the bot's own.
std::optional<target> find_flag(settings& into, const flag& f) {
  target t;
  const auto* at = &key_tree();
  for (const auto& part : parts_of(f.pointer)) {
    t.last = part;
    if (at->any_index != nullptr) {
      const auto bots = into.below(t.pointer);
      std::size_t i = 0;
      while (i < bots.size() && into.text("/bots/" + bots[i] + "/id") != part.substr(1)) ++i;
      t.last = std::to_string(i);
      at = at->any_index.get();
      t.elements.push_back(t.pointer + "/" + t.last);
      // One that only flags name has its id from them.
      if (i == bots.size())
        put(into, *at->named.at("id").leaf, t.pointer + "/" + t.last + "/id", value(part.substr(1)),
            layer::flag, f.name);
    } else {
      const auto* next = at->below(part);
      if (next == nullptr) return std::nullopt;
      if (at->any_name != nullptr) t.elements.push_back(t.pointer + "/" + pointer_token(part));
      at = next;
    }
    t.pointer += "/" + pointer_token(t.last);
  }
  t.leaf = at->leaf;
  return t.leaf == nullptr ? std::nullopt : std::optional(t);
}

std::string_view nearest_variable(std::string_view name, spelling& names) {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> all;
    for (const auto& k : keys())
      if (k.path.find_first_of("*#") == std::string::npos) all.push_back(variable_of(k.path));
    return all;
  }();
  return names.nearest(name, {known.begin(), known.end()});
}

}  // namespace

void findings::add(std::string message, std::string where, std::string remedy) {
  add(error{errc::invalid_argument, std::move(message), {}, std::move(remedy)}, std::move(where));
}

void findings::add(error e, std::string where) {
  if (found_.size() >= max_problems) {
    ++dropped_;
    return;
  }
  e.code = errc::invalid_argument;
  e.where = std::move(where);
  found_.push_back(std::move(e));
}

std::vector<error> findings::take() {
  if (dropped_ > 0)
    found_.push_back({errc::invalid_argument,
                      "there are " + std::to_string(dropped_) + " more problems",
                      {},
                      "correct these first"});
  dropped_ = 0;
  return std::exchange(found_, {});
}

std::string variable_of(std::string_view path) {
  std::string out(prefix.substr(0, prefix.size() - 2));
  for (const auto& part : parts_of(path)) out += "__" + folded(part);
  return out;
}

void lay_defaults(settings& into, std::string_view profile) {
  for (const auto& k : keys()) {
    if (k.path.find_first_of("*#") != std::string::npos) continue;
    const auto text = default_of(k, profile);
    const auto name = parts_of(k.path).back();
    if (text.empty()) {
      if (k.optional) put(into, k, k.path, value(), layer::built_in, "default");
      continue;
    }
    const bool own = text != k.fallback;
    put(into, k, k.path, read_text(k, text, name).value(), own ? layer::profile : layer::built_in,
        own ? "profile " + std::string(profile) : "default");
  }
}

void lay_file(settings& into, const source_file& file, const value& content, findings& wrong) {
  file_walk(into, file, wrong).walk(key_tree(), content, {}, {});
}

void lay_environment(settings& into, const std::vector<variable>& variables, findings& wrong) {
  spelling names;
  for (const auto& v : variables) {
    const bool own = v.name.starts_with(prefix);
    if ((!own && v.pointer.empty()) || !is_text(v.name, v.text, wrong)) continue;
    const auto t = own ? find_variable(into, split(std::string_view(v.name).substr(prefix.size())))
                       : find_flag(into, {v.name, v.pointer, v.text});
    if (!t) {
      const auto near = nearest_variable(v.name, names);
      wrong.add("this variable names no setting", v.name.substr(0, 200),
                near.empty() ? "`pitwall config schema` has all settings; unset it"
                             : "did you mean " + std::string(near) + "?");
      continue;
    }
    auto taken = read_text(*t->leaf, v.text, t->last);
    if (!taken.ok()) {
      into.unread.emplace(t->pointer, v.name);
      wrong.add(std::move(taken).error(), v.name);
      continue;
    }
    if (add_elements(into, *t, v.name, wrong))
      put(into, *t->leaf, t->pointer, std::move(*taken), layer::environment, v.name);
  }
}

void lay_flags(settings& into, const std::vector<flag>& flags, findings& wrong) {
  for (const auto& f : flags) {
    if (!is_text(f.name, f.pointer + f.text, wrong)) continue;
    const auto t = find_flag(into, f);
    if (!t) {
      const auto name = parts_of(f.pointer).back();
      wrong.add("there is no setting " + in_quotes(name), f.name,
                "docs/configuration.md lists them");
      continue;
    }
    auto taken = read_text(*t->leaf, f.text, t->last);
    if (!taken.ok()) {
      into.unread.emplace(t->pointer, f.name);
      wrong.add(std::move(taken).error(), f.name);
      continue;
    }
    if (add_elements(into, *t, f.name, wrong))
      put(into, *t->leaf, t->pointer, std::move(*taken), layer::flag, f.name);
  }
}

}  // namespace pitwall::config
