#include "net/server/problem_reply.hpp"

#include "net/server/json_views.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::http {

unsigned status_of(errc code) noexcept {
  switch (code) {
    case errc::invalid_argument:
    case errc::out_of_range:
      return 400;
    case errc::not_found:
      return 404;
    case errc::already_exists:
    case errc::failed_precondition:
    case errc::aborted:
    case errc::cancelled:
    case errc::halted:
    case errc::stale_input:
      return 409;
    case errc::division_by_zero:
      return 422;
    case errc::resource_exhausted:
      return 429;
    case errc::unavailable:
      return 503;
    case errc::deadline_exceeded:
      return 504;
    case errc::data_loss:
    case errc::io_error:
    case errc::internal:
      return 500;
  }
  return 500;
}

std::string_view title_of(errc code) noexcept {
  switch (code) {
    case errc::invalid_argument:
      return "The request is wrong";
    case errc::not_found:
      return "There is no such thing";
    case errc::already_exists:
      return "It exists already";
    case errc::failed_precondition:
      return "Not possible in the present state";
    case errc::out_of_range:
      return "Beyond what is possible or kept";
    case errc::resource_exhausted:
      return "A bound was met";
    case errc::unavailable:
      return "It did not happen";
    case errc::deadline_exceeded:
      return "It may have happened";
    case errc::aborted:
      return "Lost against a concurrent change";
    case errc::cancelled:
      return "It was cancelled";
    case errc::halted:
      return "Trading is halted";
    case errc::stale_input:
      return "The inputs are too old";
    case errc::data_loss:
      return "Stored data is damaged or missing";
    case errc::io_error:
      return "Disk or network failed";
    case errc::division_by_zero:
      return "Division by zero";
    case errc::internal:
      return "A defect of Pitwall";
  }
  return "A defect of Pitwall";
}

reply problem_reply(const error& e, const std::vector<problem>& problems) {
  const bool invalid_file = e.code == errc::invalid_argument && !problems.empty();
  return problem_reply(e, invalid_file ? 422 : status_of(e.code), problems);
}

reply problem_reply(const error& e, unsigned status, const std::vector<problem>& problems) {
  const std::string code(to_string(e.code));
  value::object members{{"type", "urn:pitwall:problem:" + code},
                        {"title", title_of(e.code)},
                        {"status", static_cast<int>(status)},
                        {"detail", e.message},
                        {"code", code}};
  if (!e.where.empty()) members.emplace_back("where", e.where);
  if (!e.remedy.empty()) members.emplace_back("remedy", e.remedy);
  if (!problems.empty()) members.emplace_back("problems", view_of(problems));
  reply r{status, "application/problem+json", to_json(value(std::move(members)))};
  if (status == 429 || status == 503) r.headers.emplace_back("Retry-After", "1");
  return r;
}

}  // namespace pitwall::http
