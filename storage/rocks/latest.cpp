#include "storage/rocks/latest.hpp"

#include "storage/codec/bytes.hpp"
#include "storage/codec/seal.hpp"

namespace pitwall::storage {

std::string emergency_key(std::string_view scope) {
  return std::string(emergency_prefix).append(scope);
}

std::string node_state_key(std::string_view workflow_id, std::string_view node_id) {
  // The length keeps "a" + "b/c" apart from "a/b" + "c".
  std::string key = "node_state/";
  put_text(workflow_id, key);
  return key.append(node_id);
}

std::string resting_key(std::string_view execution_key) {
  return std::string(resting_prefix).append(execution_key);
}

std::string resting_mark() {
  std::string out = sealed_room();
  seal(out);
  return out;
}

std::string start_key(std::string_view workflow_id, std::string_view idempotency_key) {
  std::string key(start_prefix);
  put_text(workflow_id, key);
  return key.append(idempotency_key);
}

std::string encode_start(const keyed_start& start) {
  std::string out = sealed_room();
  put_text(start.execution_id, out);
  put_signed(micros_of(start.started_at), out);
  encode(start.trigger, out);
  seal(out);
  return out;
}

result<keyed_start> decode_start(std::string_view bytes) {
  constexpr std::string_view what = "a stored start with an idempotency key";
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  keyed_start start;
  start.execution_id = in.text();
  start.started_at = at_micros(in.signed_varint());
  start.trigger = in.any();
  if (!in.ok() || !in.at_end()) return damaged(what, "its content does not make sense");
  return start;
}

std::string encode_emergency(std::uint64_t seq, const emergency_state_changed& change) {
  std::string out = sealed_room();
  put_varint(seq, out);
  for (const auto* text : {&change.scope, &change.previous_state, &change.new_state, &change.reason,
                           &change.operator_name, &change.trigger}) {
    put_text(*text, out);
  }
  seal(out);
  return out;
}

result<std::pair<std::uint64_t, emergency_state_changed>> decode_emergency(std::string_view bytes) {
  constexpr std::string_view what = "a stored emergency state";
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  std::pair<std::uint64_t, emergency_state_changed> read;
  auto& [seq, change] = read;
  seq = in.varint();
  for (auto* text : {&change.scope, &change.previous_state, &change.new_state, &change.reason,
                     &change.operator_name, &change.trigger}) {
    *text = in.text();
  }
  if (!in.ok() || !in.at_end()) return damaged(what, "its content does not make sense");
  return read;
}

std::string breaker_key(std::string_view name) { return std::string(breaker_prefix).append(name); }

std::string encode_breaker(std::uint64_t seq, const circuit_breaker_state_changed& change) {
  std::string out = sealed_room();
  put_varint(seq, out);
  for (const auto* text : {&change.breaker, &change.previous_state, &change.new_state,
                           &change.reason, &change.operator_name})
    put_text(*text, out);
  encode(change.snapshot, out);
  seal(out);
  return out;
}

result<circuit_breaker_state_changed> decode_breaker(std::string_view bytes) {
  constexpr std::string_view what = "a stored circuit breaker";
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  circuit_breaker_state_changed change;
  in.varint();
  for (auto* text : {&change.breaker, &change.previous_state, &change.new_state, &change.reason,
                     &change.operator_name})
    *text = in.text();
  change.snapshot = in.any();
  if (!in.ok() || !in.at_end()) return damaged(what, "its content does not make sense");
  return change;
}

std::string bot_key(std::string_view bot_id) { return std::string(bot_prefix).append(bot_id); }

std::string encode_bot(const stored_bot& bot) {
  std::string out = sealed_room();
  put_text(bot.bot_id, out);
  put_signed(micros_of(bot.at), out);
  const auto& change = bot.change;
  for (const auto* text : {&change.previous_state, &change.new_state, &change.reason,
                           &change.operator_name, &change.trigger})
    put_text(*text, out);
  seal(out);
  return out;
}

result<stored_bot> decode_bot(std::string_view bytes) {
  constexpr std::string_view what = "a stored bot";
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  stored_bot bot;
  bot.bot_id = in.text();
  bot.at = at_micros(in.signed_varint());
  auto& change = bot.change;
  for (auto* text : {&change.previous_state, &change.new_state, &change.reason,
                     &change.operator_name, &change.trigger})
    *text = in.text();
  if (!in.ok() || !in.at_end()) return damaged(what, "its content does not make sense");
  return bot;
}

std::string encode_node_state(std::uint64_t version, const value& state) {
  std::string out = sealed_room();
  put_varint(version, out);
  encode(state, out);
  seal(out);
  return out;
}

result<stored_node_state> decode_node_state(std::string_view bytes, std::string_view node_id) {
  const std::string what = "the stored state of node '" + std::string(node_id) + "'";
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  stored_node_state state;
  state.version = in.varint();
  state.state = in.any();
  if (!in.ok() || !in.at_end()) return damaged(what, "its content does not make sense");
  return state;
}

}  // namespace pitwall::storage
