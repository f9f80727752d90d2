#include <algorithm>
#include <memory>
#include <mutex>

#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/problem_reply.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::http {
namespace {

constexpr int longest_wait_seconds = 3'600;

void list_workflows(control& host, const exchange_ref& ex) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  ex->work([&host, ex] {
    host.workflows([ex](result<std::vector<deployed_workflow>> all) {
      ex->answer(all.ok() ? json_reply(view_of(*all)) : problem_reply(all.error()));
    });
  });
}

reply one_workflow(const std::vector<deployed_workflow>& all, const std::string& id) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&id](const auto& w) { return w.id == id; });
  if (found != all.end()) return json_reply(view_of(*found));
  return problem_reply(error{errc::not_found,
                             "no workflow '" + id + "' is deployed",
                             {},
                             "deploy it with PUT, or see GET /api/v1/workflows for what there is"});
}

void get_workflow(control& host, const exchange_ref& ex, const std::string& id) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  ex->work([&host, ex, id] {
    host.workflows([ex, id](result<std::vector<deployed_workflow>> all) {
      ex->answer(all.ok() ? one_workflow(*all, id) : problem_reply(all.error()));
    });
  });
}

error no_file(const request& asked) {
  return {errc::invalid_argument, "the request has no body", asked.to.path,
          "send the workflow file as the body"};
}

void put_workflow(control& host, const exchange_ref& ex, const std::string& id) {
  const request& asked = ex->asked();
  if (auto known = asked.to.allow_only({"template"}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  if (asked.body.empty()) return ex->answer(problem_reply(no_file(asked)));
  ex->work([&host, ex, id] {
    const request& file = ex->asked();
    host.deploy(file.body, id, file.to.parameter_or("template", {}),
                [ex](result<deployed_workflow> r, const std::vector<problem>& problems) {
                  ex->answer(r.ok() ? json_reply(view_of(*r)) : problem_reply(r.error(), problems));
                });
  });
}

/// What PUT would say, without deploying it.
void validate_workflow(control& host, const exchange_ref& ex, const std::string& id) {
  const request& asked = ex->asked();
  if (auto known = asked.to.allow_only({"template"}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  if (asked.body.empty()) return ex->answer(problem_reply(no_file(asked)));
  ex->work([&host, ex, id] {
    const request& file = ex->asked();
    host.validate(file.body, id, file.to.parameter_or("template", {}),
                  [ex](const result<deployed_workflow>& r, const std::vector<problem>& problems) {
                    if (!r.ok()) return ex->answer(problem_reply(r.error(), problems));
                    ex->answer(json_reply(value::object{
                        {"valid", value(true)},
                        {"id", r->id},
                        {"name", r->name},
                        {"node_count", decimal(static_cast<std::int64_t>(r->node_count))},
                        {"warnings", view_of(r->warnings)}}));
                  });
  });
}

void remove_workflow(control& host, const exchange_ref& ex, const std::string& id) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  ex->work([&host, ex, id] {
    host.remove(id, [ex, id](const result<done>& r) {
      ex->answer(r.ok() ? json_reply(value::object{{"id", id}, {"status", "removed"}})
                        : problem_reply(r.error()));
    });
  });
}

result<milliseconds> wait_of(const target& to) {
  const std::string* text = to.parameter("wait");
  if (text == nullptr) return milliseconds(0);
  const auto seconds = decimal::parse(*text);
  if (!seconds.ok() || seconds->is_negative() || *seconds > decimal(longest_wait_seconds)) {
    return {errc::invalid_argument, "parameter 'wait' is '" + *text + "'", to.path,
            "give seconds from 0 to " + std::to_string(longest_wait_seconds)};
  }
  constexpr int128 raw_per_millisecond = decimal::one_raw / 1'000;
  return milliseconds(static_cast<std::int64_t>(seconds->raw() / raw_per_millisecond));
}

/// The id of a run that is waited for, told by the host before its result.
class announced_id {
 public:
  void set(const std::string& id) {
    const std::lock_guard lock(mutex_);
    id_ = id;
  }
  std::string get() const {
    const std::lock_guard lock(mutex_);
    return id_;
  }

 private:
  mutable std::mutex mutex_;
  std::string id_;
};

reply accepted(const std::string& execution_id, run_status status) {
  reply r = json_reply(started_view(execution_id, status), 202);
  if (!execution_id.empty()) {
    r.headers.emplace_back("Location", "/api/v1/executions/" + percent_encode(execution_id));
  }
  return r;
}

reply start_reply(const result<start_answer>& r) {
  if (!r.ok()) return problem_reply(r.error());
  if (r->result_json.empty()) return accepted(r->execution_id, r->status);
  reply with_result{200, "application/json", r->result_json};
  with_result.headers.emplace_back("Location",
                                   "/api/v1/executions/" + percent_encode(r->execution_id));
  return with_result;
}

result<start_request> start_of(const request& asked, const std::string& id) {
  PITWALL_CHECK(asked.to.allow_only({"wait"}));
  start_request start;
  if (const auto* key = asked.header("Idempotency-Key")) {
    constexpr std::size_t longest = 255;
    const bool printable =
        std::all_of(key->begin(), key->end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
    // To ignore a bad one would let a client's retry trade twice.
    if (key->empty() || key->size() > longest || !printable) {
      return {errc::invalid_argument, "this is no Idempotency-Key", asked.to.path,
              "send 1 to 255 printable ASCII characters without spaces, a UUID for example"};
    }
    start.idempotency_key = *key;
  }
  start.workflow_id = id;
  if (!asked.body.empty()) {
    PITWALL_TRY(trigger, parse_json(asked.body));
    start.trigger = std::move(trigger);
  }
  return start;
}

void start_execution(control& host, const exchange_ref& ex, const std::string& id, bool by_hook) {
  const request& asked = ex->asked();
  auto start = start_of(asked, id);
  if (!start.ok()) return ex->answer(problem_reply(start.error()));
  start->by_hook = by_hook;
  const auto wait = wait_of(asked.to);
  if (!wait.ok()) return ex->answer(problem_reply(wait.error()));
  if (wait->count() > 0) {
    start->wait = true;
    auto known = std::make_shared<announced_id>();
    start->started = [known](const std::string& execution_id) { known->set(execution_id); };
    ex->answer_after(*wait, [known] { return accepted(known->get(), run_status::running); });
  }
  host.start(std::move(*start), [ex](result<start_answer> r) { ex->answer(start_reply(r)); });
}

}  // namespace

void add_workflow_routes(router& to, control& host) {
  to.add("GET", "/api/v1/workflows",
         [&host](const exchange_ref& ex, const auto&) { list_workflows(host, ex); });
  to.add("GET", "/api/v1/workflows/{id}", [&host](const exchange_ref& ex, const auto& captured) {
    get_workflow(host, ex, captured[0]);
  });
  to.add("PUT", "/api/v1/workflows/{id}", access::scope::trade,
         [&host](const exchange_ref& ex, const auto& captured) {
           put_workflow(host, ex, captured[0]);
         });
  to.add("POST", "/api/v1/workflows/{id}/executions", access::scope::trade,
         [&host](const exchange_ref& ex, const auto& captured) {
           start_execution(host, ex, captured[0], false);
         });
  to.add("POST", "/api/v1/hooks/{workflow}", access::scope::trade,
         [&host](const exchange_ref& ex, const auto& captured) {
           start_execution(host, ex, captured[0], true);
         });
  to.add("DELETE", "/api/v1/workflows/{id}", access::scope::trade,
         [&host](const exchange_ref& ex, const auto& captured) {
           remove_workflow(host, ex, captured[0]);
         });
  to.add("POST", "/api/v1/workflows/{id}/validate", access::scope::trade,
         [&host](const exchange_ref& ex, const auto& captured) {
           validate_workflow(host, ex, captured[0]);
         });
}

}  // namespace pitwall::http
