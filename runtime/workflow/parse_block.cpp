#include "runtime/workflow/parse_block.hpp"

#include <algorithm>
#include <set>

#include "runtime/workflow/parse_source.hpp"

namespace pitwall {

namespace {

constexpr std::uint32_t highest_index = 9'999;

decimal one_millisecond() { return decimal::from_raw(decimal::one_raw / 1000); }

/// The port's name as the file holds it; empty where it has none.
std::string_view read_port_name(form& block, const value& port, const std::string& pointer,
                                std::string_view noun) {
  if (port.is_text()) {
    block.report().problems.repeated_warning("port text", pointer, block.block_id(),
                                             "a port is a plain text", "write {\"name\": \"...\"}");
    return port.as_text();
  }
  if (!port.is_object()) return {};
  form f(port, pointer, block.block_id(), noun, block.report());
  const auto* name = f.any("name");
  // Editors describe ports further; the type of the block decides what they are.
  for (const auto* of_editors : {"id", "label", "type", "description"}) f.any(of_editors);
  f.finish();
  return name != nullptr && name->is_text() ? std::string_view(name->as_text())
                                            : std::string_view{};
}

std::vector<std::string> read_ports(form& block, std::string_view field, bool& given) {
  std::vector<std::string> names;
  const auto* list = block.list(field);
  if (list == nullptr) return names;
  given = true;
  std::set<std::string_view> seen;
  const auto& items = list->as_list();
  const std::string noun = field == "inputs" ? "input" : "output";
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto pointer = block.at(field) + "/" + std::to_string(i);
    const auto name =
        read_port_name(block, items[i], pointer, field == "inputs" ? "input" : "output");
    auto& problems = block.report().problems;
    if (name.empty()) {
      problems.error(pointer, block.block_id(), "the " + noun + " has no name",
                     "write {\"name\": \"...\"}");
    } else if (!seen.insert(name).second) {
      problems.error(pointer, block.block_id(),
                     "the " + noun + " " + in_quotes(name) + " is listed twice",
                     "keep one of them");
    }
    names.emplace_back(name);
  }
  return names;
}

on_error read_policy(form& block, const std::string& category) {
  const auto text = block.text("on_error");
  if (text.empty() || text == "skip_dependents") return on_error::skip_dependents;
  if (text == "fail") return on_error::fail;
  if (text == "continue") {
    if (category == "actions") {
      block.error("on_error", "'continue' is not allowed for actions",
                  "use skip_dependents or fail: nothing may build on an order that failed");
    }
    return on_error::proceed;
  }
  block.error("on_error", "the policy " + in_quotes(text) + " is not known",
              "use skip_dependents, fail or continue");
  return on_error::skip_dependents;
}

std::optional<retry_definition> read_retry(form& block) {
  const auto* object = block.object("retry");
  if (object == nullptr) return std::nullopt;
  form f(*object, block.at("retry"), block.block_id(), "retry", block.report());
  retry_definition retry;
  retry.max_attempts = f.whole("max_attempts", 1, 1'000);
  retry.min_wait = f.seconds("min_wait", decimal(0));
  retry.max_wait = f.seconds("max_wait", decimal(0));
  if (const auto multiplier = f.number("multiplier", decimal(1), decimal(1'000))) {
    retry.multiplier = multiplier->to_double();
  }
  if (const auto* jitter = f.any("jitter"); jitter != nullptr) {
    if (jitter->is_bool()) {
      retry.jitter = jitter->as_bool() ? "full" : "none";
    } else if (auto text = f.text("jitter");
               text == "full" || text == "none" || text == "decorrelated") {
      retry.jitter = std::move(text);
    } else if (jitter->is_text()) {
      f.error("jitter", "the jitter " + in_quotes(text) + " is not known",
              "use full, decorrelated or none");
    }
  }
  retry.retry_on = f.texts("retry_on");
  if (retry.min_wait && retry.max_wait && *retry.min_wait > *retry.max_wait) {
    f.error("min_wait", "'min_wait' is longer than 'max_wait'", "make it the shorter one");
  }
  f.finish();
  return retry;
}

endpoint_definition read_endpoint(form& connection, std::string_view side) {
  endpoint_definition end;
  const auto* object = connection.any(side);
  if (object == nullptr) {
    connection.missing(side, "write {\"blockId\": \"...\", \"index\": 0}");
    return end;
  }
  if (!object->is_object()) {
    connection.object(side);
    return end;
  }
  form f(*object, connection.at(side), {}, side, connection.report());
  end.block = f.label("blockId");
  const auto* id = f.any("blockId");
  if (id == nullptr || (id->is_text() && end.block.empty())) {
    f.error("blockId", "'" + std::string(side) + "' names no block", "set 'blockId'");
  }
  if (f.any("index") == nullptr) {
    f.error("index", "'" + std::string(side) + "' has no port index",
            "set 'index' to the place of the port, counted from 0");
  } else {
    end.index = f.whole("index", 0, highest_index).value_or(0);
  }
  f.finish();
  return end;
}

}  // namespace

void refuse_id(form& f, std::string_view field, std::string_view id) {
  f.error(field,
          "the id " + (id.empty() ? "is empty" : in_quotes(id.substr(0, 20)) + " is not usable"),
          "use 1 to 200 bytes without control characters");
}

block_definition read_block(const value& object, const std::string& pointer, form_report& report) {
  block_definition b;
  if (!object.is_object()) {
    report.problems.error(pointer, {}, "the block is " + std::string(kind_in_words(object)),
                          "a block is an object with 'id' and 'type'");
    return b;
  }
  const auto* id = object.find("id");
  form f(object, pointer, id != nullptr && id->is_text() ? id->as_text() : "", "block", report);
  b.id = f.text("id");
  if (id != nullptr && id->is_text() && !is_usable_id(b.id)) refuse_id(f, "id", b.id);
  const auto* type = f.any("type");
  b.type = f.text("type");
  if (type == nullptr || (type->is_text() && b.type.empty())) {
    f.missing("type", "set it to the type of the block");
  }
  b.category = f.text("category");
  b.name = f.label("name");
  if (b.name.empty()) b.name = b.id;
  b.inputs = read_ports(f, "inputs", b.inputs_given);
  b.outputs = read_ports(f, "outputs", b.outputs_given);
  if (const auto* properties = f.object("properties")) b.properties = *properties;
  if (const auto timeout = f.seconds("timeout", one_millisecond())) b.timeout = *timeout;
  b.error_policy = read_policy(f, b.category);
  b.retry = read_retry(f);
  b.circuit_breaker = f.text("circuit_breaker");
  b.placement = f.texts("placement");
  f.finish();
  return b;
}

connection_definition read_connection(const value& object, const std::string& pointer,
                                      form_report& report) {
  connection_definition c;
  if (!object.is_object()) {
    report.problems.error(pointer, {}, "the connection is " + std::string(kind_in_words(object)),
                          "write {\"from\": {\"blockId\", \"index\"}, \"to\": {\"blockId\", "
                          "\"index\"}}");
    return c;
  }
  form f(object, pointer, {}, "connection", report);
  f.any("id");
  c.from = read_endpoint(f, "from");
  c.to = read_endpoint(f, "to");
  f.finish();
  return c;
}

}  // namespace pitwall
