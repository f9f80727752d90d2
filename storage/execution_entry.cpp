#include "storage/execution_entry.hpp"

#include <algorithm>

#include "runtime/base/ids.hpp"
#include "storage/codec/bytes.hpp"
#include "storage/codec/seal.hpp"

namespace pitwall::storage {

namespace {

constexpr std::size_t ulid_size = 26;

/// How each event changes the summary; most do not.
struct summary_fold {
  execution_summary& s;
  std::vector<std::string>& open;
  timestamp at;

  void operator()(const execution_started& e) const {
    s.started_at = at;
    s.node_count = e.node_count;
    s.definition_id = e.definition_id;
  }
  void operator()(const execution_completed& e) const { end(e.status, e.duration); }
  void operator()(const execution_failed& e) const {
    if (!end(e.error_type == "timeout" ? run_status::timed_out : run_status::failed, e.duration)) {
      return;
    }
    s.error = e.error;
    s.error_type = e.error_type;
  }
  void operator()(const execution_halted& e) const {
    if (end(run_status::halted, at - s.started_at)) s.error = e.reason;
  }
  void operator()(const execution_cancelled& e) const {
    if (end(run_status::cancelled, e.duration)) s.error = e.reason;
  }
  /// Of a halted one: it runs again.
  void operator()(const execution_resumed&) const {
    if (s.status != run_status::halted) return;
    s.status = run_status::running;
    s.ended_at.reset();
    s.duration = {};
    s.error.clear();
  }
  void operator()(const order_intent& e) const {
    if (std::find(open.begin(), open.end(), e.client_order_id) != open.end()) return;
    open.push_back(e.client_order_id);
    ++s.orders;
    count();
  }
  void operator()(const order_filled& e) const {
    if (e.complete) close(e.client_order_id);
  }
  void operator()(const order_rejected& e) const { close(e.client_order_id); }
  void operator()(const order_canceled& e) const { close(e.client_order_id); }
  void operator()(const auto&) const {}

  void close(const std::string& client_order_id) const {
    std::erase(open, client_order_id);
    count();
  }
  void count() const { s.open_orders = static_cast<std::uint32_t>(open.size()); }
  bool end(run_status how, microseconds duration) const {
    if (is_final(s.status)) return false;
    s.status = how;
    s.ended_at = at;
    s.duration = duration;
    return true;
  }
};

std::size_t ulid_at(std::string_view id) noexcept {
  const auto ulid = ulid_of_execution(id);
  return ulid.empty() ? std::string_view::npos : id.size() - ulid.size();
}

}  // namespace

void take_in(execution_entry& entry, const event_batch& batch, std::uint64_t seq,
             std::uint64_t record_seq) {
  execution_summary& s = entry.summary;
  const std::uint64_t last = seq + batch.events.size() - 1;
  if (batch.events.empty() || last <= s.last_seq) return;
  if (s.first_seq == 0) {
    s.first_seq = seq;
    s.scope = batch.scope;
    s.started_at = batch.events.front().at;
  }
  for (const event& e : batch.events) {
    if (seq++ > s.last_seq) std::visit(summary_fold{s, entry.open_orders, e.at}, e.body);
  }
  s.last_seq = last;
  if (entry.records.empty() || entry.records.back() != record_seq) {
    entry.records.push_back(record_seq);
  }
}

bool is_late_news(const event_batch& batch) noexcept {
  return std::all_of(batch.events.begin(), batch.events.end(), [](const event& e) {
    const auto& b = e.body;
    return std::holds_alternative<order_submitted>(b) || std::holds_alternative<order_filled>(b) ||
           std::holds_alternative<order_rejected>(b) || std::holds_alternative<order_canceled>(b) ||
           std::holds_alternative<order_in_doubt>(b) || std::holds_alternative<order_settled>(b);
  });
}

std::string execution_key(std::string_view execution_id) {
  const std::size_t at = ulid_at(execution_id);
  if (at == std::string_view::npos) return std::string(execution_id);
  std::string key(execution_id.substr(at));
  key += execution_id.substr(0, at);
  return key;
}

std::string execution_of_key(std::string_view key) {
  const auto ulid = key.substr(0, ulid_size);
  if (!is_ulid(ulid)) return std::string(key);
  return std::string(key.substr(ulid_size)).append(ulid);
}

std::string cursor_of(std::string_view key) {
  const auto ulid = key.substr(0, ulid_size);
  return std::string(is_ulid(ulid) ? ulid : key);
}

bool matches(const execution_query& query, const execution_summary& summary) {
  const auto wants = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  return wants(query.workflow_id, summary.scope->workflow_id) &&
         wants(query.bot_id, summary.scope->bot_id) &&
         wants(query.strategy_id, summary.scope->strategy_id) &&
         (!query.status || *query.status == summary.status);
}

std::uint64_t tag_mask(const std::vector<std::string>& types) {
  if (types.empty()) return ~std::uint64_t{0};
  const auto names = event_type_names();
  std::uint64_t mask = 0;
  for (std::size_t tag = 0; tag < names.size(); ++tag) {
    if (std::find(types.begin(), types.end(), names[tag]) != types.end()) {
      mask |= std::uint64_t{1} << tag;
    }
  }
  return mask;
}

std::string encode_entry(const execution_entry& entry) {
  const execution_summary& s = entry.summary;
  std::string out = sealed_room();
  put_text(s.scope->execution_id, out);
  put_text(s.scope->workflow_id, out);
  put_text(s.scope->bot_id, out);
  put_text(s.scope->strategy_id, out);
  out.push_back(static_cast<char>(s.status));
  put_signed(micros_of(s.started_at), out);
  out.push_back(s.ended_at ? '\1' : '\0');
  if (s.ended_at) put_signed(wrapping_sub(micros_of(*s.ended_at), micros_of(s.started_at)), out);
  put_signed(s.duration.count(), out);
  put_varint(s.node_count, out);
  put_varint(s.orders, out);
  put_varint(entry.open_orders.size(), out);
  for (const auto& id : entry.open_orders) put_text(id, out);
  put_varint(s.first_seq, out);
  put_varint(s.last_seq - s.first_seq, out);
  put_text(s.definition_id, out);
  put_text(s.error, out);
  put_text(s.error_type, out);
  put_varint(entry.records.size(), out);
  std::uint64_t before = 0;
  for (const std::uint64_t record : entry.records) {
    put_varint(record - before, out);
    before = record;
  }
  seal(out);
  return out;
}

result<execution_entry> decode_entry(std::string_view bytes, std::string_view what) {
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  execution_entry entry;
  execution_summary& s = entry.summary;
  auto scope = std::make_shared<event_scope>();
  for (auto* text :
       {&scope->execution_id, &scope->workflow_id, &scope->bot_id, &scope->strategy_id}) {
    *text = in.text();
  }
  s.scope = std::move(scope);
  const std::uint8_t how = in.byte();
  if (how > static_cast<std::uint8_t>(run_status::cancelled)) in.fail();
  s.status = static_cast<run_status>(how);
  s.started_at = at_micros(in.signed_varint());
  if (in.byte() != 0) {
    s.ended_at = at_micros(wrapping_add(micros_of(s.started_at), in.signed_varint()));
  }
  s.duration = microseconds(in.signed_varint());
  s.node_count = in.varint32();
  s.orders = in.varint32();
  entry.open_orders.resize(in.length());
  for (auto& id : entry.open_orders) id = in.text();
  s.open_orders = static_cast<std::uint32_t>(entry.open_orders.size());
  s.first_seq = in.varint();
  s.last_seq = s.first_seq + in.varint();
  s.definition_id = in.text();
  s.error = in.text();
  s.error_type = in.text();
  entry.records.resize(in.length());
  std::uint64_t before = 0;
  for (auto& record : entry.records) record = before += in.varint();
  if (!in.ok() || !in.at_end()) return damaged(what, "its content does not make sense");
  entry.stored_seq = s.last_seq;
  return entry;
}

}  // namespace pitwall::storage
