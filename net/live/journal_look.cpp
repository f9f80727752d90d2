#include "net/live/journal_look.hpp"

#include <algorithm>

namespace pitwall::live {
namespace {

result<event_page> page_of(const journal& history, const journal_order& order, std::uint64_t after,
                           std::size_t limit) {
  event_query query;
  query.after = after;
  query.limit = limit;
  query.types = order.filter->types;
  PITWALL_TRY(page, history.read(query));
  std::erase_if(page.events, [&](const recorded_event& e) { return e.seq > order.up_to; });
  page.next_after = std::min(page.next_after, order.up_to);
  if (page.next_after <= after) {
    return {errc::data_loss,
            "the journal ends at seq " + std::to_string(after) + ", but " +
                std::to_string(order.up_to) + " is published",
            {},
            "check it with `pitwall journal verify`"};
  }
  return page;
}

bool fits(const journal_order& order, const recorded_event& e) {
  return order.filter->wants(*e.scope, type_name(e.what.body));
}

void look_forward(const journal& history, const journal_order& order, journal_answer& out) {
  std::size_t bytes = 0;
  out.looked_at = order.after;
  for (std::size_t read = 0; read < look_events; read += look_step) {
    const auto page = page_of(history, order, out.looked_at, look_step);
    if (!page.ok()) {
      // What was found before stands; the next look meets the failure again.
      if (out.looked_at == order.after) out.failure = page.error();
      return;
    }
    for (const auto& e : page->events) {
      if (!fits(order, e)) continue;
      out.events.push_back({e.seq, event_frame(e.seq, *e.scope, e.what)});
      bytes += out.events.back().frame->size();
      if (bytes < look_bytes) continue;
      out.looked_at = e.seq;  // The rest of the page is read again.
      return;
    }
    out.looked_at = page->next_after;
    // A short page has scanned as much as one read may, or is the last.
    if (page->events.size() < look_step || out.looked_at >= order.up_to) return;
  }
}

void look_back(const journal& history, const journal_order& order, journal_answer& out) {
  out.began_at = out.looked_at = order.after;
  bool moved = false;
  while (out.looked_at < order.up_to) {
    const auto page = page_of(history, order, out.looked_at, look_events);
    if (!page.ok() && page.error().code == errc::out_of_range && !moved) {
      // Nothing before what is kept can be asked for.
      const auto stats = history.stats();
      moved = true;
      if (stats.ok() && stats->first_seq > out.looked_at + 1) {
        out.began_at = out.looked_at = std::min(stats->first_seq - 1, order.up_to);
        out.seqs.clear();
        continue;
      }
    }
    if (!page.ok()) {
      out.failure = page.error();
      return;
    }
    for (const auto& e : page->events) {
      if (fits(order, e)) out.seqs.push_back(e.seq);
    }
    if (out.seqs.size() > order.last) {
      out.seqs.erase(out.seqs.begin(), out.seqs.end() - static_cast<std::ptrdiff_t>(order.last));
    }
    out.looked_at = page->next_after;
  }
}

}  // namespace

journal_answer look_into(const journal& history, const journal_order& order) {
  journal_answer out;
  out.number = order.number;
  if (order.last > 0) {
    look_back(history, order, out);
  } else {
    look_forward(history, order, out);
  }
  if (out.failure && out.failure->code == errc::out_of_range) {
    const auto stats = history.stats();
    if (stats.ok()) out.first_seq = stats->first_seq;
  }
  return out;
}

}  // namespace pitwall::live
