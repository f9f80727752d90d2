// The shape of all that hosts and workers say to each other behind the front door: every message
// that can be reached from the host's list of workers, by its number, and what it is written of.
// It belongs to one protocol number: who changes the one changes the other.
#include <caf/all.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <typeindex>
#include <vector>

#include "actors/node/actor.hpp"
#include "actors/workers/protocol.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {
namespace {

template <class T>
struct is_list : std::false_type {};
template <class T>
struct is_list<std::vector<T>> : std::true_type {};

template <class T>
concept numbered = requires {
  caf::type_id<T>::value;
};
template <class T>
concept handle = requires {
  typename T::signatures;
};

/// Goes from an actor to its messages, and from those to the actors that they name.
class wire_walk {
 public:
  template <handle Actor>
  void visit() {
    if (!visited_.insert(typeid(Actor)).second) return;
    interface line;
    add(line, typename Actor::signatures{});
    interfaces_.insert(std::move(line));
  }
  /// How it is written: by sizes, whatever it is called.
  template <class T>
  std::string shape();
  std::string text() const {
    std::string out;
    for (const auto& [id, fields] : messages_) out += std::to_string(id) + " is" + fields + "\n";
    for (const auto& one : interfaces_) {
      for (const auto& said : one) out += said + "; ";
      out += "\n";
    }
    return out;
  }

 private:
  using interface = std::set<std::string>;

  template <class... All>
  void add(interface& to, caf::detail::type_list<All...>) {
    (add_one(to, All{}), ...);
  }
  template <class... In, class... Out>
  void add_one(interface& to,
               caf::typed_mpi<caf::detail::type_list<In...>, caf::output_tuple<Out...>>) {
    // What has no number never leaves its process.
    if constexpr ((numbered<In> && ...))
      to.insert((message<In>() + ... + " ->") + (message<Out>() + ... + ""));
  }
  template <class T>
  std::string message() {
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      const int id = caf::type_id<T>::value - caf::first_custom_type_id;
      if (messages_.emplace(id, "").second) messages_[id] = " " + shape<T>();
      return " " + std::to_string(id);
    }
  }

  std::set<std::type_index> visited_;
  std::map<int, std::string> messages_;
  std::set<interface> interfaces_;
};

/// What a type's inspect() shows is noted by its type.
struct noting_inspector {
  using result_type = caf::error;
  static constexpr bool reads_state = true, writes_state = false;

  wire_walk& walk;
  std::string fields{};

  template <class... All>
  caf::error operator()(All&&...) {
    (note<std::decay_t<All>>(), ...);
    return caf::none;
  }
  template <class T>
  void note() {
    if constexpr (!caf::meta::is_annotation<T>::value)
      fields += (fields.empty() ? "" : " ") + walk.shape<T>();
  }
};

template <class T>
std::string wire_walk::shape() {
  if constexpr (std::is_same_v<T, bool>) {
    return "bool";
  } else if constexpr (std::is_enum_v<T>) {
    return shape<std::underlying_type_t<T>>();
  } else if constexpr (std::is_integral_v<T>) {
    return (std::is_signed_v<T> ? "i" : "u") + std::to_string(8 * sizeof(T));
  } else if constexpr (std::is_floating_point_v<T>) {
    return "f" + std::to_string(8 * sizeof(T));
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "text";
  } else if constexpr (is_list<T>::value) {
    return "[" + shape<typename T::value_type>() + "]";
  } else if constexpr (std::is_same_v<T, caf::strong_actor_ptr>) {
    return "actor";
  } else if constexpr (handle<T>) {
    visit<T>();
    return "actor";
  } else {
    T some{};
    noting_inspector f{*this};
    inspect(f, some);
    return "(" + f.fields + ")";
  }
}

/// FNV-1a.
std::uint64_t digest(const std::string& text) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return h;
}

/// What a host hears of a node there, which no handle in a message names.
using from_nodes = remote_evaluation_client;

}  // namespace

TEST_CASE("a protocol number of workers has one shape of messages: who changes them, changes it",
          "[workers]") {
  wire_walk walk;
  walk.visit<workers_actor>();
  walk.visit<from_nodes>();
  walk.visit<figures_client>();
  walk.visit<call_client>();
  INFO(walk.text());
  // In a row of its own for each number that there was; an old one is never changed.
  const std::map<std::uint32_t, std::uint64_t> known{{2, 0xc9decac18871ec6aU}};
  REQUIRE(known.contains(worker_protocol));
  CHECK(digest(walk.text()) == known.at(worker_protocol));
  CHECK(known.rbegin()->first == worker_protocol);
}

TEST_CASE("the shape of messages shows what travels", "[workers]") {
  wire_walk walk;
  CHECK(walk.shape<worker_heartbeat>() == "(u64 i64 u32 f64)");
  CHECK(walk.shape<host_node>() == "(u64 u64 text text u64 (text))");
  CHECK(walk.text().empty());
  CHECK(walk.shape<hosted_desk>().starts_with("(actor (u8 text"));
  // The desk's messages, and those of its owner, which they name.
  CHECK(walk.text().find(
            std::to_string(caf::type_id<desk_order>::value - caf::first_custom_type_id) + " is") !=
        std::string::npos);
  CHECK(walk.text().find(
            std::to_string(caf::type_id<lease_answer>::value - caf::first_custom_type_id) +
            " is") != std::string::npos);
}

}  // namespace pitwall::test
