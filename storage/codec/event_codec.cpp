#include "storage/codec/event_codec.hpp"

#include <array>
#include <utility>

namespace pitwall::storage {

namespace {

// One list of fields per event serves both directions: `fields(archive, event)` names them in the
// stored order, and an archive writes or reads each by its type.

class writer {
 public:
  writer(timestamp at, event_tables& tables, std::string& out) noexcept
      : at_(at), tables_(tables), out_(out) {}

  void operator()(const std::string& v) { put_text(v, out_); }
  void operator()(std::uint32_t v) { put_varint(v, out_); }
  void operator()(std::uint64_t v) { put_varint(v, out_); }
  void operator()(bool v) { out_.push_back(v ? '\1' : '\0'); }
  void operator()(microseconds v) { put_signed(v.count(), out_); }
  /// Relative to the event: mostly a few bytes. The far future ("constants only") is one.
  void operator()(timestamp v) {
    if (v == timestamp::max()) return out_.push_back('\0');
    out_.push_back('\1');
    put_signed(wrapping_sub(micros_of(at_), micros_of(v)), out_);
  }
  void operator()(decimal v) { put_decimal(v, out_); }
  void operator()(const value& v) { encode(v, out_); }
  void operator()(const node_ref& v) { put_varint(tables_.nodes.number(v.get()), out_); }
  void operator()(const std::vector<node_ref>& v) {
    put_varint(v.size(), out_);
    for (const node_ref& each : v) (*this)(each);
  }
  void operator()(const std::vector<std::string>& v) {
    put_varint(v.size(), out_);
    for (const std::string& each : v) put_text(each, out_);
  }
  void operator()(const outputs_ref& v) {
    if (v == nullptr) return out_.push_back('\0');
    out_.push_back('\1');
    put_varint(tables_.names.number(v->names.get()), out_);
    put_varint(v->values.size(), out_);
    for (const value& each : v->values) encode(each, out_);
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void operator()(Enum v) { out_.push_back(static_cast<char>(v)); }
  void operator()(const order_request& v) { order_fields(*this, v); }
  void operator()(const order_fill& v) { fill_fields(*this, v); }

  template <class Archive, class T>
  static void order_fields(Archive& a, T& v) {
    a(v.venue), a(v.symbol), a(v.side), a(v.kind), a(v.amount), a(v.price);
  }
  template <class Archive, class T>
  static void fill_fields(Archive& a, T& v) {
    a(v.price), a(v.quantity), a(v.fee), a(v.fee_asset);
  }

 private:
  timestamp at_;
  event_tables& tables_;
  std::string& out_;
};

// The last value of each stored enumeration; what is beyond is damage.
constexpr run_status last_of(run_status) { return run_status::cancelled; }
constexpr node_status last_of(node_status) { return node_status::cancelled; }
constexpr order_side last_of(order_side) { return order_side::sell; }
constexpr order_kind last_of(order_kind) { return order_kind::gtc; }

class reader {
 public:
  reader(timestamp at, const event_refs& refs, byte_reader& in) noexcept
      : at_(at), refs_(refs), in_(in) {}

  void operator()(std::string& v) { v = in_.text(); }
  void operator()(std::uint32_t& v) { v = in_.varint32(); }
  void operator()(std::uint64_t& v) { v = in_.varint(); }
  void operator()(bool& v) { v = flag(); }
  void operator()(microseconds& v) { v = microseconds(in_.signed_varint()); }
  void operator()(timestamp& v) {
    v = flag() ? at_micros(wrapping_sub(micros_of(at_), in_.signed_varint())) : timestamp::max();
  }
  void operator()(decimal& v) { v = in_.number(); }
  void operator()(value& v) { v = in_.any(); }
  void operator()(node_ref& v) { v = look_up(refs_.nodes); }
  void operator()(std::vector<node_ref>& v) {
    v.resize(in_.length());
    for (node_ref& each : v) (*this)(each);
  }
  void operator()(std::vector<std::string>& v) {
    v.resize(in_.length());
    for (std::string& each : v) each = in_.text();
  }
  void operator()(outputs_ref& v) {
    if (!flag()) return;
    auto outputs = std::make_shared<port_values>();
    outputs->names = look_up(refs_.names);
    const std::size_t n = in_.length();
    outputs->values.reserve(n);
    for (std::size_t i = 0; i < n && in_.ok(); ++i) outputs->values.push_back(in_.any());
    v = std::move(outputs);
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void operator()(Enum& v) {
    const std::uint8_t raw = in_.byte();
    if (raw > static_cast<std::uint8_t>(last_of(Enum{}))) return in_.fail();
    v = static_cast<Enum>(raw);
  }
  void operator()(order_request& v) { writer::order_fields(*this, v); }
  void operator()(order_fill& v) { writer::fill_fields(*this, v); }

 private:
  bool flag() noexcept {
    const std::uint8_t raw = in_.byte();
    if (raw > 1) in_.fail();
    return raw == 1;
  }
  template <class Ref>
  Ref look_up(const std::vector<Ref>& table) {
    const std::uint64_t number = in_.varint();
    if (number == 0) return nullptr;
    if (number <= table.size()) return table[number - 1];
    in_.fail();
    return nullptr;
  }

  timestamp at_;
  const event_refs& refs_;
  byte_reader& in_;
};

template <class T, class Event>
concept maybe_const = std::same_as<std::remove_const_t<T>, Event>;

void fields(auto& a, maybe_const<execution_started> auto& e) {
  a(e.node_count), a(e.definition_id), a(e.trigger), a(e.idempotency_key);
}
void fields(auto& a, maybe_const<execution_completed> auto& e) { a(e.status), a(e.duration); }
void fields(auto& a, maybe_const<execution_failed> auto& e) {
  a(e.error), a(e.error_type), a(e.duration);
}
void fields(auto& a, maybe_const<execution_halted> auto& e) { a(e.reason), a(e.emergency_state); }
void fields(auto& a, maybe_const<execution_cancelled> auto& e) { a(e.reason), a(e.duration); }
void fields(auto& a, maybe_const<node_started> auto& e) { a(e.node), a(e.attempt); }
void fields(auto& a, maybe_const<node_completed> auto& e) {
  a(e.node), a(e.attempt), a(e.duration), a(e.outputs), a(e.observed_at), a(e.status);
}
void fields(auto& a, maybe_const<node_failed> auto& e) {
  a(e.node), a(e.attempt), a(e.duration), a(e.error), a(e.error_type);
}
void fields(auto& a, maybe_const<node_skipped> auto& e) { a(e.node), a(e.reason); }
void fields(auto& a, maybe_const<node_state_changed> auto& e) {
  a(e.node), a(e.version), a(e.state), a(e.outputs);
}
void fields(auto& a, maybe_const<order_intent> auto& e) {
  a(e.node), a(e.client_order_id), a(e.order);
}
void fields(auto& a, maybe_const<order_submitted> auto& e) {
  a(e.node), a(e.client_order_id), a(e.venue_order_id);
}
void fields(auto& a, maybe_const<order_filled> auto& e) {
  a(e.node), a(e.client_order_id), a(e.order), a(e.fill), a(e.complete);
}
void fields(auto& a, maybe_const<order_rejected> auto& e) {
  a(e.node), a(e.client_order_id), a(e.code), a(e.reason);
}
void fields(auto& a, maybe_const<order_canceled> auto& e) {
  a(e.node), a(e.client_order_id), a(e.reason);
}
void fields(auto& a, maybe_const<order_in_doubt> auto& e) {
  a(e.node), a(e.client_order_id), a(e.reason);
}
void fields(auto& a, maybe_const<notification_sent> auto& e) { a(e.node), a(e.message), a(e.url); }
void fields(auto& a, maybe_const<emergency_state_changed> auto& e) {
  a(e.scope), a(e.previous_state), a(e.new_state), a(e.reason), a(e.operator_name), a(e.trigger);
}
void fields(auto& a, maybe_const<execution_resumed> auto& e) { a(e.again); }
void fields(auto& a, maybe_const<node_retrying> auto& e) {
  a(e.node), a(e.attempt), a(e.wait), a(e.error), a(e.error_type);
}
void fields(auto& a, maybe_const<circuit_breaker_state_changed> auto& e) {
  a(e.breaker), a(e.previous_state), a(e.new_state), a(e.reason), a(e.operator_name), a(e.snapshot);
}
void fields(auto& a, maybe_const<order_settled> auto& e) {
  a(e.node), a(e.client_order_id), a(e.as), a(e.reason), a(e.operator_name);
}
void fields(auto& a, maybe_const<risk_limit_warning> auto& e) {
  a(e.scope), a(e.limit), a(e.figure), a(e.threshold), a(e.utilization);
}
void fields(auto& a, maybe_const<risk_limit_exceeded> auto& e) {
  a(e.scope), a(e.limit), a(e.figure), a(e.threshold), a(e.halts), a(e.inputs);
}
void fields(auto& a, maybe_const<bot_state_changed> auto& e) {
  a(e.previous_state), a(e.new_state), a(e.reason), a(e.operator_name), a(e.trigger);
}
void fields(auto& a, maybe_const<trip_recorded> auto& e) {
  a(e.scope), a(e.tripped_at), a(e.closed_at), a(e.unanswered), a(e.evidence);
}
void fields(auto& a, maybe_const<bot_metrics> auto& e) {
  a(e.since), a(e.started), a(e.completed), a(e.completed_with_errors), a(e.failed);
  a(e.timed_out), a(e.halted), a(e.cancelled), a(e.fills), a(e.positions);
  a(e.realized), a(e.unrealized);
}
void fields(auto& a, maybe_const<trip_acknowledged> auto& e) {
  a(e.trip), a(e.result), a(e.closed_at);
}

template <std::size_t Tag>
void read_body(reader& in, event_body& body) {
  fields(in, body.emplace<Tag>());
}

using body_reader = void (*)(reader&, event_body&);
template <std::size_t... Tags>
constexpr std::array<body_reader, sizeof...(Tags)> make_readers(std::index_sequence<Tags...>) {
  return {&read_body<Tags>...};
}
constexpr auto readers = make_readers(std::make_index_sequence<event_tags>());

}  // namespace

void encode_event(const event& e, event_tables& tables, std::string& out) {
  writer archive(e.at, tables, out);
  std::visit([&archive](const auto& body) { fields(archive, body); }, e.body);
}

event decode_event(std::uint8_t tag, timestamp at, const event_refs& refs, byte_reader& in) {
  event e{at, {}};
  reader archive(at, refs, in);
  readers[tag](archive, e.body);
  return e;
}

}  // namespace pitwall::storage
