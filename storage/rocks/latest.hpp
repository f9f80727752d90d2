// Job: keys and values of the family `latest`: the last change per emergency scope, circuit
//      breaker and bot, the last state per node, the last start per idempotency key, and which
//      final executions have open orders: so that a start need not read the whole journal for them.
// Errors: data_loss naming what is damaged. Tests: tests/storage/journal_contract_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/ports/journal.hpp"

namespace pitwall::storage {

inline constexpr std::string_view emergency_prefix = "emergency/";
std::string emergency_key(std::string_view scope);
std::string node_state_key(std::string_view workflow_id, std::string_view node_id);

/// Of a final execution with open orders; its value says nothing more.
inline constexpr std::string_view resting_prefix = "resting/";
std::string resting_mark();
std::string resting_key(std::string_view execution_key);
inline constexpr std::string_view start_prefix = "start/";
std::string start_key(std::string_view workflow_id, std::string_view idempotency_key);

std::string encode_start(const keyed_start& start);
result<keyed_start> decode_start(std::string_view bytes);

std::string encode_emergency(std::uint64_t seq, const emergency_state_changed& change);
result<std::pair<std::uint64_t, emergency_state_changed>> decode_emergency(std::string_view bytes);

inline constexpr std::string_view breaker_prefix = "breaker/";
std::string breaker_key(std::string_view name);
std::string encode_breaker(std::uint64_t seq, const circuit_breaker_state_changed& change);
result<circuit_breaker_state_changed> decode_breaker(std::string_view bytes);

inline constexpr std::string_view bot_prefix = "bot/";
std::string bot_key(std::string_view bot_id);
std::string encode_bot(const stored_bot& bot);
result<stored_bot> decode_bot(std::string_view bytes);

std::string encode_node_state(std::uint64_t version, const value& state);
result<stored_node_state> decode_node_state(std::string_view bytes, std::string_view node_id);

}  // namespace pitwall::storage
