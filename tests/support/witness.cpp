#include "tests/support/witness.hpp"

#include <fstream>
#include <stdexcept>

#include "tests/support/plain_http.hpp"

namespace pitwall::test {

namespace {

std::uint16_t number_after(const std::string& line, const std::string& word) {
  if (!line.starts_with(word)) throw std::runtime_error("the witness did not start: " + line);
  return static_cast<std::uint16_t>(std::stoul(line.substr(word.size())));
}

/// A member of one flat JSON object, as its text.
std::string member(const std::string& line, const std::string& name) {
  const std::string key = "\"" + name + "\":";
  auto at = line.find(key);
  if (at == std::string::npos) throw std::runtime_error("no " + name + " in " + line);
  at += key.size();
  if (line[at] == '"') return line.substr(at + 1, line.find('"', at + 1) - at - 1);
  return line.substr(at, line.find_first_of(",}", at) - at);
}

}  // namespace

witness::witness(const std::string& binary, std::vector<std::string> more)
    : log_(directory_.path() / "orders.jsonl") {
  std::vector<std::string> arguments{binary, "--log", log_.string(), "--with-parent"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  process_ = std::make_unique<child_process>(arguments);
  port_ = number_after(process_->read_line(), "listening ");
  control_port_ = number_after(process_->read_line(), "control ");
}

std::string witness::control(const std::string& method, const std::string& path,
                             const std::string& body) const {
  auto reply = ask_port(control_port_, {method, path, body});
  if (reply.status != 200)
    throw std::runtime_error("the witness does not obey " + path + ": " + reply.body);
  return std::move(reply.body);
}

void witness::advance_clock(std::chrono::milliseconds by) const {
  control("POST", "/witness/clock", "{\"advance_ms\": " + std::to_string(by.count()) + "}");
}

void witness::fill(const std::string& client_order_id, const std::string& quantity) const {
  std::string body = "{\"clientOrderId\": \"" + client_order_id + "\"";
  if (!quantity.empty()) body += ", \"quantity\": \"" + quantity + "\"";
  control("POST", "/witness/fill", body + "}");
}

bool witness::try_fill(const std::string& client_order_id, const std::string& quantity) const {
  const auto body = R"({"clientOrderId": ")" + client_order_id + R"(", "quantity": ")" + quantity;
  return ask_port(control_port_, {"POST", "/witness/fill", body + "\"}"}).status == 200;
}

bool witness::await_state(const std::string& part) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < until) {
    if (state().find(part) != std::string::npos) return true;
  }
  return false;
}

std::vector<std::string> witness::log() const {
  std::vector<std::string> lines;
  std::ifstream file(log_);
  for (std::string line; std::getline(file, line) && !file.eof();)  // Not one that is cut yet.
    lines.push_back(line);
  return lines;
}

std::vector<witnessed_order> witness::orders() const {
  std::vector<witnessed_order> out;
  for (const auto& line : log()) {
    if (!line.starts_with("{\"n\":")) continue;
    out.push_back({std::stoll(member(line, "n")), member(line, "clientOrderId"),
                   member(line, "symbol"), member(line, "side"), member(line, "quantity"),
                   std::stoll(member(line, "time")), std::stoll(member(line, "arrivedUs"))});
  }
  return out;
}

std::size_t witness::arrivals() {
  std::ifstream file(log_);
  file.seekg(counted_up_to_);
  for (std::string line; std::getline(file, line) && !file.eof();) {  // A cut line comes again.
    counted_ += line.starts_with("{\"n\":") ? 1 : 0;
    counted_up_to_ = file.tellg();
  }
  return counted_;
}

}  // namespace pitwall::test
