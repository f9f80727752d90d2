// Job: a journal that passes everything on to another one: a test says what of it shall differ.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/ports/journal.hpp"

namespace pitwall::test {

class forwarding_journal : public journal {
 public:
  explicit forwarding_journal(std::shared_ptr<journal> inner) : inner_(std::move(inner)) {}
  void commit(std::vector<event_batch> batches, durability how, completion then) override {
    inner_->commit(std::move(batches), how, std::move(then));
  }
  std::uint64_t head() const override { return inner_->head(); }
  result<journal_head> chain_head() const override { return inner_->chain_head(); }
  result<event_page> read(const event_query& q) const override { return inner_->read(q); }
  result<execution_page> executions(const execution_query& q) const override {
    return inner_->executions(q);
  }
  result<execution_summary> execution(const std::string& id) const override {
    return inner_->execution(id);
  }
  result<journal_stats> stats() const override { return inner_->stats(); }
  void prune(const prune_request& request, prune_completion then) override {
    inner_->prune(request, std::move(then));
  }
  result<unsettled_page> unsettled(const std::string& after, std::size_t n) const override {
    return inner_->unsettled(after, n);
  }
  result<keyed_start> start_with_key(const std::string& w, const std::string& k) const override {
    return inner_->start_with_key(w, k);
  }
  result<journal_head> backup(const std::filesystem::path& directory) const override {
    return inner_->backup(directory);
  }
  result<std::vector<circuit_breaker_state_changed>> breaker_states() const override {
    return inner_->breaker_states();
  }
  result<std::vector<stored_bot>> bot_states() const override { return inner_->bot_states(); }
  result<std::vector<trip_mark>> trips(std::uint64_t before, std::size_t limit) const override {
    return inner_->trips(before, limit);
  }
  result<std::vector<emergency_state_changed>> emergency_scopes() const override {
    return inner_->emergency_scopes();
  }
  result<std::vector<named_node_state>> node_states(const std::string& workflow_id) const override {
    return inner_->node_states(workflow_id);
  }
  result<stored_node_state> node_state(const std::string& w, const std::string& n) const override {
    return inner_->node_state(w, n);
  }

 protected:
  const std::shared_ptr<journal> inner_;
};

}  // namespace pitwall::test
