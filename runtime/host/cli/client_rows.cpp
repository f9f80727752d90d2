#include "runtime/host/cli/client_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace pitwall::cli {
namespace {

double host_cores(const client_row& r) { return r.ran.cpu_us * r.ran.per_second * 1e-6; }
double per_second(const client_row& r, double what) {
  return r.seen.seconds > 0 ? what / r.seen.seconds : 0;
}
double frames_per_second(const client_row& r) {
  return per_second(r, static_cast<double>(r.seen.frames));
}

/// What became of the client that never reads.
std::string fate_of_silent(const client_row& r) {
  if (r.clients == 0) return "-";
  if (!r.seen.silent_cut) return "kept";
  return r.seen.silent_code == 0 ? "cut" : std::to_string(r.seen.silent_code);
}

void print_json(const client_row& r, const std::optional<beside_none>& beside) {
  const auto& s = r.seen;
  const auto part = [&](double beside_none::*which) {
    return beside ? fmt::format("{:.3f}", (*beside).*which) : std::string("null");
  };
  fmt::print(
      "{{\"durability\":\"{}\",\"clients\":{},\"load\":\"{}\",\"executions\":{},\"failures\":{},"
      "\"per_second\":{:.1f},\"p50_us\":{:.1f},\"p99_us\":{:.1f},\"per_second_of_none\":{},"
      "\"p99_of_none\":{},\"host_cores\":{:.3f},\"client_cores\":{:.3f},"
      "\"host_resident_bytes\":{:.0f},\"frames_per_second\":{:.0f},\"delivered_p50_us\":{:.1f},"
      "\"delivered_p99_us\":{:.1f},\"complete\":{},\"cut\":{},\"lost\":{},\"expired\":{},"
      "\"gaps\":{},\"duplicates\":{},\"silent_cut\":{},\"silent_close_code\":{}}}\n",
      r.mode, r.clients, r.load, r.ran.executions, r.ran.failures, r.ran.per_second, r.ran.us.p50,
      r.ran.us.p99, part(&beside_none::rate), part(&beside_none::p99), host_cores(r),
      per_second(r, s.cpu_seconds), r.resident_bytes, frames_per_second(r), r.delivered.p50,
      r.delivered.p99, s.complete, s.cut, s.lost, s.expired, s.gaps, s.duplicates, s.silent_cut,
      s.silent_code);
}

void print_text(const client_row& r) {
  const auto& s = r.seen;
  fmt::print(
      "{:<8} {:<11} {:>7} {:>10.0f} {:>7.0f} {:>8.0f} {:>6.2f} {:>7.2f} {:>5.0f} {:>9.0f} {:>7.0f} "
      "{:>8.0f} {:>8} {:>5} {:>6}\n",
      r.mode, r.load, r.clients, r.ran.per_second, r.ran.us.p50, r.ran.us.p99, host_cores(r),
      per_second(r, s.cpu_seconds), r.resident_bytes / (1U << 20U), frames_per_second(r),
      r.delivered.p50, r.delivered.p99, s.complete, s.cut, fate_of_silent(r));
}

void print_verdict(const client_row& r, const beside_none& b) {
  const std::string events = r.all_have_all() ? "each has every event, none was cut"
                                              : fmt::format("{} have every event, {} were cut",
                                                            r.seen.complete, r.seen.cut);
  fmt::print("{:<8} {:<11} {:>7} {}; executions/s {:.0f} % and p99 {:.0f} % of no clients\n",
             r.mode, r.load, r.clients, r.offered ? events : fmt::format("{} were cut", r.seen.cut),
             b.rate * 100, b.p99 * 100);
}

void print_halts(const bench_options& o, const client_row& r) {
  for (const auto& [f, door] :
       {std::pair(&r.halts.by_socket, "control.sock"), std::pair(&r.halts.by_port, "the port")}) {
    if (o.json)
      fmt::print(
          "{{\"durability\":\"{}\",\"clients\":{},\"load\":\"{}\",\"door\":\"{}\",\"halts\":{},"
          "\"halt_failures\":{},\"closed_p50_us\":{:.1f},\"closed_p99_us\":{:.1f},"
          "\"acknowledged_p50_us\":{:.1f},\"acknowledged_p99_us\":{:.1f}}}\n",
          r.mode, r.clients, r.load, door, f->halts, f->failures, f->closed_us.p50,
          f->closed_us.p99, f->acknowledged_us.p50, f->acknowledged_us.p99);
    else
      fmt::print(
          "{:<8} {:<11} {:>7} {} halts by {}: closed after p50 {:.0f}, p99 {:.0f} us; acknowledged "
          "after p50 {:.0f}, p99 {:.0f} us{}\n",
          r.mode, r.load, r.clients, f->halts, door, f->closed_us.p50, f->closed_us.p99,
          f->acknowledged_us.p50, f->acknowledged_us.p99,
          f->failures == 0 ? "" : "; " + std::to_string(f->failures) + " FAILED");
  }
}

double median(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  const auto half = of.size() / 2;
  return of.size() % 2 == 1 ? of[half] : (of[half - 1] + of[half]) / 2;
}

paced_round medians(const std::vector<paced_round>& all, std::size_t clients) {
  std::vector<double> rates, p50s, p99s;
  for (const auto& r : all) {
    if (r.clients != clients) continue;
    rates.push_back(r.per_second);
    p50s.push_back(r.p50_us);
    p99s.push_back(r.p99_us);
  }
  if (rates.empty()) return {clients};
  return {clients, median(rates), median(p50s), median(p99s)};
}

}  // namespace

bool client_row::is_clean() const {
  // At saturation clients may be cut; of what was offered at a pace each must have all.
  if (offered && clients > 0 && !all_have_all()) return false;
  return ran.failures + seen.gaps + seen.duplicates + halts.by_socket.failures +
             halts.by_port.failures ==
         0;
}

bool client_row::all_have_all() const {
  return seen.complete == clients && seen.cut + seen.lost + seen.gaps + seen.duplicates == 0;
}

std::optional<beside_none> compare(const client_row& r, const client_row* alone) {
  if (alone == nullptr || r.clients == 0 || alone->ran.per_second <= 0 || alone->ran.us.p99 <= 0)
    return {};
  return beside_none{r.ran.per_second / alone->ran.per_second, r.ran.us.p99 / alone->ran.us.p99};
}

void print_client_medians(const bench_options& o, const std::string& mode,
                          const std::vector<paced_round>& all) {
  const auto none = medians(all, 0);
  if (none.per_second <= 0 || none.p99_us <= 0) return;
  for (const auto clients : o.clients) {
    if (clients == 0) continue;
    const auto with = medians(all, clients);
    const beside_none b{with.per_second / none.per_second, with.p99_us / none.p99_us};
    if (o.json)
      fmt::print(
          "{{\"durability\":\"{}\",\"clients\":{},\"offered\":{},\"rounds\":{},"
          "\"per_second_of_none\":{:.3f},\"p50_of_none\":{:.3f},\"p99_of_none\":{:.3f},"
          "\"unnoticed\":{}}}\n",
          mode, clients, o.offered, o.rounds, b.rate, with.p50_us / none.p50_us, b.p99,
          b.is_unnoticed());
    else
      fmt::print(
          "{:<8} {:<11} {:>7} medians of {}: executions/s {:.0f} %, p50 {:.0f} % and p99 {:.0f} % "
          "of "
          "no clients ({:.0f} of {:.0f} us): {}within 10 %\n",
          mode, fmt::format("{:g}/s", o.offered), clients, o.rounds, b.rate * 100,
          100 * with.p50_us / none.p50_us, b.p99 * 100, with.p99_us, none.p99_us,
          b.is_unnoticed() ? "" : "NOT ");
  }
  std::fflush(stdout);
}

void print_head_of_client_rows(const bench_options& o) {
  if (o.json) return;
  fmt::print(
      "each client is sent every event, and one more never reads; CORES: processors kept busy, by "
      "the host (HOST)\nand by the process of the clients (CLIENTS); MiB: of the host; DELIVERY: "
      "from the commit until a client\nhas read; SILENT: the close code "
      "of the one that never reads\n"
      "{:<8} {:<11} {:>7} {:>10} {:>7} {:>8} {:>14} {:>5} {:>9} {:>16} {:>8} {:>5} {:>6}\n"
      "{:<8} {:<11} {:>7} {:>10} {:>7} {:>8} {:>6} {:>7} {:>5} {:>9} {:>7} {:>8} {:>8} {:>5} "
      "{:>6}\n",
      "", "", "", "", "", "", "CORES", "", "", "DELIVERY us", "", "", "", "DURABLE", "LOAD",
      "CLIENTS", "PER SECOND", "p50 us", "p99 us", "HOST", "CLIENTS", "MiB", "FRAMES/S", "p50",
      "p99", "HAVE ALL", "CUT", "SILENT");
}

void print_client_row(const bench_options& o, const client_row& r, const client_row* alone) {
  const auto beside = compare(r, alone);
  o.json ? print_json(r, beside) : print_text(r);
  if (beside && !o.json) print_verdict(r, *beside);
  if (r.ran.failures > 0) fmt::print(stderr, "the first failure: {}\n", r.ran.why);
  if (r.seen.lost > 0)
    fmt::print(stderr, "{} connections were lost: {}\n", r.seen.lost, r.seen.why);
  if (r.seen.gaps + r.seen.duplicates > 0)
    fmt::print(stderr, "WRONG: {} events missed, {} received twice\n", r.seen.gaps,
               r.seen.duplicates);
  if (o.halts > 0) print_halts(o, r);
  std::fflush(stdout);
}

}  // namespace pitwall::cli
