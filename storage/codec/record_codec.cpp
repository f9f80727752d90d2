#include "storage/codec/record_codec.hpp"

#include <algorithm>
#include <utility>

#include "storage/codec/seal.hpp"

namespace pitwall::storage {

namespace {

std::int64_t base_time(const std::vector<event_batch>& batches) {
  for (const auto& batch : batches) {
    if (!batch.events.empty()) return micros_of(batch.events.front().at);
  }
  return 0;
}

/// The front of a stored batch.
struct batch_head {
  const scope_ref* scope = nullptr;  ///< In the reader's list.
  std::uint64_t count = 0;
  std::int64_t base = 0;
  std::string_view events;
};

batch_head read_batch_head(byte_reader& in, const std::vector<scope_ref>& scopes,
                           std::int64_t record_base) {
  batch_head head;
  const std::uint64_t scope = in.varint();
  if (scope > scopes.size()) in.fail();
  head.count = in.varint();
  head.base = wrapping_add(record_base, in.signed_varint());
  head.events = in.text();
  if (head.count == 0 || head.count > head.events.size()) in.fail();
  if (in.ok()) head.scope = scope == 0 ? &no_scope() : &scopes[scope - 1];
  return head;
}

/// The front of a stored event.
struct event_head {
  std::uint8_t tag = 0;
  std::int64_t at = 0;
  std::string_view content;
};

event_head read_event_head(byte_reader& in, std::int64_t before) {
  event_head head;
  head.tag = in.byte();
  head.at = wrapping_add(before, in.signed_varint());
  head.content = in.text();
  if (head.tag >= event_tags) in.fail();
  return head;
}

bool read_event(const event_head& head, const event_refs& refs, event& e) {
  byte_reader in(head.content);
  e = decode_event(head.tag, at_micros(head.at), refs, in);
  return in.ok() && in.at_end();
}

}  // namespace

const scope_ref& no_scope() {
  static const scope_ref none = std::make_shared<const event_scope>();
  return none;
}

void record_encoder::encode(std::uint64_t first_seq, const record_hash& previous,
                            const std::vector<event_batch>& batches, std::string& out) {
  tables_.nodes.clear();
  tables_.names.clear();
  scopes_.clear();
  batches_.clear();
  const std::int64_t base = base_time(batches);
  std::uint64_t events = 0;
  std::uint64_t written = 0;
  for (const auto& batch : batches) {
    if (batch.events.empty()) continue;
    append_batch(batch, base);
    events += batch.events.size();
    ++written;
  }
  out.assign(seal_bytes, '\0');
  out.append(view(previous));
  put_varint(first_seq, out);
  put_varint(events, out);
  put_signed(base, out);
  append_tables(out);
  put_varint(written, out);
  out += batches_;
  seal(out);
}

void record_encoder::append_batch(const event_batch& batch, std::int64_t base) {
  batch_.clear();
  const std::int64_t batch_base = micros_of(batch.events.front().at);
  std::int64_t before = batch_base;
  for (const event& e : batch.events) {
    batch_.push_back(static_cast<char>(e.body.index()));
    put_signed(wrapping_sub(micros_of(e.at), before), batch_);
    before = micros_of(e.at);
    content_.clear();
    encode_event(e, tables_, content_);
    put_text(content_, batch_);
  }
  put_varint(scopes_.number(batch.scope.get()), batches_);
  put_varint(batch.events.size(), batches_);
  put_signed(wrapping_sub(batch_base, base), batches_);
  put_text(batch_, batches_);
}

void record_encoder::append_tables(std::string& out) const {
  put_varint(tables_.nodes.objects().size(), out);
  for (const node_identity* node : tables_.nodes.objects()) {
    for (const auto* text : {&node->id, &node->name, &node->type, &node->category}) {
      put_text(*text, out);
    }
  }
  put_varint(tables_.names.objects().size(), out);
  for (const stored_names* names : tables_.names.objects()) {
    put_varint(names->size(), out);
    for (const auto& name : *names) put_text(name, out);
  }
  put_varint(scopes_.objects().size(), out);
  for (const event_scope* s : scopes_.objects()) {
    for (const auto* text : {&s->execution_id, &s->workflow_id, &s->bot_id, &s->strategy_id}) {
      put_text(*text, out);
    }
  }
}

result<record_reader> record_reader::open(std::string_view bytes, std::uint64_t key_seq) {
  const std::string what = "the event record at seq " + std::to_string(key_seq);
  PITWALL_TRY(content, unseal(bytes, what));
  record_reader reader(content);
  if (!reader.read_head()) return damaged(what, "its head does not make sense");
  if (key_seq != 0 && reader.first_seq_ != key_seq) {
    return damaged(what, "it says it begins at seq " + std::to_string(reader.first_seq_));
  }
  return reader;
}

bool record_reader::read_head() {
  byte_reader& in = rest_;
  previous_ = read_hash(in);
  first_seq_ = in.varint();
  count_ = in.varint();
  base_ = in.signed_varint();
  const std::size_t nodes = in.length();
  refs_.nodes.reserve(nodes);
  for (std::size_t i = 0; i < nodes && in.ok(); ++i) {
    auto node = std::make_shared<node_identity>();
    for (auto* text : {&node->id, &node->name, &node->type, &node->category}) *text = in.text();
    refs_.nodes.push_back(std::move(node));
  }
  const std::size_t lists = in.length();
  refs_.names.reserve(lists);
  for (std::size_t i = 0; i < lists && in.ok(); ++i) {
    stored_names names(in.length());
    for (auto& name : names) name = in.text();
    refs_.names.push_back(std::make_shared<const stored_names>(std::move(names)));
  }
  const std::size_t scopes = in.length();
  scopes_.reserve(scopes);
  for (std::size_t i = 0; i < scopes && in.ok(); ++i) {
    auto s = std::make_shared<event_scope>();
    for (auto* text : {&s->execution_id, &s->workflow_id, &s->bot_id, &s->strategy_id}) {
      *text = in.text();
    }
    scopes_.push_back(std::move(s));
  }
  // A record of nothing is never written; more events than bytes cannot be.
  return in.ok() && first_seq_ > 0 && count_ > 0 && count_ <= in.left() &&
         first_seq_ <= std::numeric_limits<std::uint64_t>::max() - count_;
}

result<std::uint64_t> record_reader::select(const record_filter& filter,
                                            std::vector<recorded_event>& out) const {
  byte_reader in = rest_;
  std::uint64_t seq = first_seq_;
  // No less than double: records come one after another into the same page.
  if (filter.whose == nullptr && ~filter.tags == 0 && out.capacity() < count_) {
    out.reserve(
        std::min<std::size_t>(filter.limit, std::max<std::size_t>(2 * out.capacity(), count_)));
  }
  for (std::size_t left = in.length(); left > 0; --left) {
    const batch_head batch = read_batch_head(in, scopes_, base_);
    if (!in.ok()) return damage(seq);
    const bool other = filter.whose != nullptr && !filter.whose->wants(**batch.scope);
    if (other || seq + batch.count - 1 <= filter.after) {
      seq += batch.count;
      continue;
    }
    byte_reader events(batch.events);
    std::int64_t at = batch.base;
    for (std::uint64_t i = 0; i < batch.count; ++i, ++seq) {
      const event_head head = read_event_head(events, at);
      if (!events.ok()) return damage(seq);
      at = head.at;
      if (seq > filter.up_to) return filter.up_to;
      if (seq <= filter.after || (filter.tags >> head.tag & 1U) == 0) continue;
      if (out.size() >= filter.limit) return seq - 1;
      recorded_event& e = out.emplace_back(recorded_event{seq, *batch.scope, {}});
      if (!read_event(head, refs_, e.what)) return damage(seq);
    }
    if (!events.at_end()) return damage(seq - 1);
  }
  if (!in.ok() || !in.at_end() || seq != first_seq_ + count_) return damage(seq);
  return std::min(filter.up_to, last_seq());
}

result<std::vector<event_batch>> record_reader::batches() const {
  byte_reader in = rest_;
  std::uint64_t seq = first_seq_;
  std::vector<event_batch> all;
  for (std::size_t left = in.length(); left > 0; --left) {
    const batch_head head = read_batch_head(in, scopes_, base_);
    if (!in.ok()) return damage(seq);
    event_batch batch{*head.scope, {}};
    batch.events.resize(static_cast<std::size_t>(head.count));
    byte_reader events(head.events);
    std::int64_t at = head.base;
    for (event& e : batch.events) {
      const event_head next = read_event_head(events, at);
      if (!events.ok() || !read_event(next, refs_, e)) return damage(seq);
      at = next.at;
      ++seq;
    }
    if (!events.at_end()) return damage(seq - 1);
    all.push_back(std::move(batch));
  }
  if (!in.ok() || !in.at_end() || seq != first_seq_ + count_) return damage(seq);
  return all;
}

error record_reader::damage(std::uint64_t seq) const {
  return damaged("the event record at seq " + std::to_string(first_seq_),
                 "the event with seq " + std::to_string(seq) + " does not make sense");
}

}  // namespace pitwall::storage
