#include "net/live/host_cursors.hpp"

#include <utility>

#include "net/live/server_frames.hpp"

namespace pitwall::live {
namespace {

// Of one look at a host's events: the others have their turn in between.
constexpr std::size_t page_events = 64;

}  // namespace

host_cursors::host_cursors(relayed_hosts& others, std::shared_ptr<const event_filter> filter,
                           const std::vector<host_wish>& wishes, std::size_t remembered)
    : others_(others), filter_(std::move(filter)), remembered_(remembered) {
  for (const auto& w : wishes) {
    // Of another journal: it will be told so, and nothing is to be fetched for it.
    const auto now = others.read(w.host, ~std::uint64_t{0}, 0).epoch;
    const bool stale = !w.epoch.empty() && !now.empty() && w.epoch != now;
    cursors_.push_back({w.host,
                        w.epoch,
                        w.after,
                        false,
                        false,
                        {},
                        others.join(w.host, stale ? std::nullopt : w.after)});
  }
}

void host_cursors::pump(host_outlet& out) {
  for (auto& c : cursors_)
    if (c.joined) advance(c, out);
}

void host_cursors::end(cursor& c, refusal why, host_outlet& out) {
  c.joined.reset();
  why.field = "hosts";
  why.host = c.host;
  out.deny(std::move(why));
}

bool host_cursors::is_in(cursor& c, const relayed_page& page, host_outlet& out) {
  if (std::exchange(c.link, page.link) != page.link) {
    value::object told{{"host", c.host}, {"state", page.link}};
    if (!page.trouble.empty()) told.emplace_back("message", page.trouble);
    out.tell("host_state", std::move(told));
  }
  const auto invalid = [&](const std::string& why) {
    end(c,
        {{},
         "cursor_invalid",
         why,
         {},
         "subscribe again, to this host without `after`, or with the epoch " + page.epoch},
        out);
    return false;
  };
  if (!page.epoch.empty() && !c.epoch.empty() && c.epoch != page.epoch)
    return invalid("of '" + c.host + "' this is another journal than that of epoch '" + c.epoch +
                   "'");
  if (!page.begun) return false;
  c.epoch = page.epoch;
  if (!c.position) return page.synced;
  // 0 stands for the first that is here.
  if (*c.position == 0 && page.synced) c.position = page.begin;
  if (*c.position < page.begin) {
    if (*c.position == 0) return false;
    if (std::exchange(c.ours, false)) {
      c.position.reset();
      return page.synced;
    }
    end(c,
        {{},
         "cursor_expired",
         "events of '" + c.host + "' after seq " + std::to_string(*c.position) +
             " are no more in memory here",
         {},
         "ask that host for them, or go on with `after` " + std::to_string(page.begin),
         page.begin + 1},
        out);
    return false;
  }
  if (*c.position > page.last && page.synced)
    return invalid("the cursor " + std::to_string(*c.position) + " is beyond the last event of '" +
                   c.host + "', " + std::to_string(page.last));
  return *c.position <= page.last;
}

void host_cursors::advance(cursor& c, host_outlet& out) {
  while (true) {
    const auto page = others_.read(c.host, c.position.value_or(~std::uint64_t{0}), page_events);
    if (!is_in(c, page, out)) return;
    if (!c.position) {
      c.position = others_.before_last(c.host, *filter_, remembered_);
      c.ours = true;
      continue;
    }
    for (const auto& e : page.events) {
      if (filter_->wants(e->scope, e->type)) {
        if (!out.wants_more()) return;
        out.pass_on(*e);
        c.ours = false;
      }
      c.position = e->seq;
    }
    if (!page.events.empty()) continue;
    if (page.synced && !std::exchange(c.live, true))
      out.tell("caught_up",
               {{"seq", seq_value(*c.position)}, {"host", c.host}, {"epoch", c.epoch}});
    return;
  }
}

value host_cursors::positions() const {
  value::object all;
  for (const auto& c : cursors_)
    if (c.joined && c.position)
      all.emplace_back(
          c.host, value(value::object{{"epoch", c.epoch}, {"last_seq", seq_value(*c.position)}}));
  return all;
}

std::vector<std::string> host_cursors::names() const {
  std::vector<std::string> all;
  for (const auto& c : cursors_) all.push_back(c.host);
  return all;
}

}  // namespace pitwall::live
