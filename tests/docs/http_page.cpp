#include "tests/docs/http_page.hpp"

#include <algorithm>

#include "tests/docs/markdown.hpp"

namespace documents {
namespace {

using pitwall::value;

std::string text_of(const value& v, std::string_view name) {
  const auto* member = v.find(name);
  return member != nullptr && member->is_text() ? member->as_text() : "";
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

std::string name_of(const value& schema) {
  const auto ref = text_of(schema, "$ref");
  return ref.empty() ? "" : ref.substr(ref.rfind('/') + 1);
}

std::string link_to(const std::string& name) { return "[" + name + "](#" + anchor_of(name) + ")"; }

std::string listed(const value& all, const std::string& quote, const std::string& between) {
  std::string out;
  for (const auto& one : all.as_list()) {
    const auto text = one.is_text() ? quote + one.as_text() + quote : to_json(one);
    out += (out.empty() ? "" : between) + text;
  }
  return out;
}

/// "null or object": the other one.
const value& other_than_null(const value& schema) {
  const auto* choice = schema.find("oneOf");
  if (choice == nullptr) return schema;
  for (const auto& one : choice->as_list())
    if (text_of(one, "type") != "null") return one;
  return schema;
}

std::string bounds_of(const value& schema) {
  const auto* least = schema.find("minimum");
  const auto* most = schema.find("maximum");
  const auto* fallback = schema.find("default");
  std::string out;
  if (least != nullptr && most != nullptr)
    out = ", " + to_json(*least) + " to " + to_json(*most);
  else if (least != nullptr && to_json(*least) != "0")
    out = ", from " + to_json(*least);
  if (fallback != nullptr) out += ", default " + to_json(*fallback);
  return out;
}

std::string kind_of(const value& schema) {
  if (const auto name = name_of(schema); !name.empty()) return link_to(name);
  if (const auto* one_of = schema.find("enum")) return listed(*one_of, "`", ", ");
  if (const auto* only = schema.find("const"))
    return only->is_text() ? "`" + only->as_text() + "`" : to_json(*only);
  if (schema.find("oneOf") != nullptr) return "null or " + kind_of(other_than_null(schema));
  const auto* type = schema.find("type");
  if (type == nullptr) return "any";
  const auto kinds = type->is_list() ? listed(*type, "", " or ") : type->as_text();
  const auto* items = schema.find("items");
  if (items != nullptr) return kinds + " of " + kind_of(*items);
  const auto* more = schema.find("additionalProperties");
  return kinds + (more != nullptr && more->is_object() ? " by name, of " + kind_of(*more) : "") +
         bounds_of(schema);
}

std::string row(const std::string& name, const value& schema, bool optional,
                const std::string& about) {
  return "| `" + name + "` | " + kind_of(schema) + (optional ? ", may be missing" : "") + " | " +
         about + " |\n";
}

/// The members of an object, and of the objects in it, which have no name of their own.
void add_members(const value& given, const std::string& below, std::string& out) {
  const auto& schema = other_than_null(given);
  if (const auto* items = schema.find("items")) return add_members(*items, below + "[]", out);
  if (const auto* more = schema.find("additionalProperties"); more && more->is_object())
    add_members(*more, below + " > *", out);
  const auto* members = schema.find("properties");
  if (members == nullptr) return;
  const auto* required = schema.find("required");
  for (const auto& [name, of] : members->as_object()) {
    bool always = false;
    if (required != nullptr)
      for (const auto& r : required->as_list()) always = always || r.as_text() == name;
    const auto path = below.empty() ? name : below + " > " + name;
    out += row(path, of, !always, text_of(of, "description"));
    add_members(of, path, out);
  }
}

constexpr std::string_view table = "\n| member | kind | meaning |\n|---|---|---|\n";

class route_text {
 public:
  route_text(const value& openapi, const std::string& method, const std::string& path,
             const value& operation)
      : components_(*openapi.find("components")), is_(operation), name_(method + " " + path) {}

  std::string scope() const {
    const auto& all = is_.find("security")->as_list();
    return all.empty() ? "none" : all.front().find("token")->as_list().front().as_text();
  }
  std::string index_row() const {
    return "| [" + name_ + "](#" + anchor_of(name_) + ") | " + scope() + " | " +
           text_of(is_, "summary") + " |\n";
  }
  std::string section() const {
    std::string out =
        "\n### " + name_ + "\n\n" + text_of(is_, "summary") + ". Scope: " + scope() + ".\n";
    if (const auto more = text_of(is_, "description"); !more.empty()) out += "\n" + more + "\n";
    return out + parameters() + body() + answers();
  }

 private:
  std::string parameters() const {
    const auto* all = is_.find("parameters");
    if (all == nullptr) return {};
    std::string out = "\n| parameter | in | kind | meaning |\n|---|---|---|---|\n";
    for (const auto& p : all->as_list())
      out += "| `" + text_of(p, "name") + "` | " + text_of(p, "in") + " | " +
             kind_of(*p.find("schema")) + " | " + text_of(p, "description") + " |\n";
    return out;
  }

  std::string body() const {
    const auto* asked = is_.find("requestBody");
    if (asked == nullptr) return {};
    const auto* required = asked->find("required");
    const bool always = required != nullptr && *required == value(true);
    const auto& [type, content] = asked->find("content")->as_object().front();
    const auto& schema = *content.find("schema");
    const auto about = text_of(*asked, "description");
    std::string out = "\nBody" + std::string(always ? "" : " (may be missing)") + ": " +
                      kind_of(schema) + ", `" + type + "`" + (about.empty() ? "" : ". " + about) +
                      "\n";
    std::string members;
    add_members(schema, {}, members);
    return members.empty() ? out : out + std::string(table) + members;
  }

  std::string answers() const {
    std::string out = "\n";
    for (const auto& [status, given] : is_.find("responses")->as_object()) {
      if (status == "default") continue;  // Every error: said once.
      const auto shared = name_of(given);
      const auto& answer = shared.empty() ? given : *components_.find("responses")->find(shared);
      const auto about = text_of(answer, "description");
      out += "- **" + status + "**" + (about == "OK" ? "" : " " + about);
      std::string kinds;
      if (const auto* content = answer.find("content"))
        for (const auto& [type, of] : content->as_object())
          kinds += (kinds.empty() ? ": " : "; ") + kind_of(*of.find("schema")) + ", `" + type + "`";
      out += kinds + "\n";
    }
    return out;
  }

  const value& components_;
  const value& is_;
  std::string name_;
};

}  // namespace

std::string http_page(const value& openapi) {
  std::string index, routes, schemas;
  for (const auto& [path, operations] : openapi.find("paths")->as_object())
    for (const auto& [method, operation] : operations.as_object()) {
      const route_text route(openapi, upper(method), path, operation);
      index += route.index_row();
      routes += route.section();
    }
  for (const auto& [name, schema] : openapi.find("components")->find("schemas")->as_object()) {
    const auto about = text_of(schema, "description");
    schemas +=
        "\n### " + name + "\n\n" + kind_of(schema) + (about.empty() ? "" : ": " + about) + "\n";
    std::string members;
    add_members(schema, {}, members);
    if (!members.empty()) schemas += std::string(table) + members;
  }
  return "# HTTP\n\nGenerated from [openapi.json](openapi.json), which a test holds to the routes "
         "and answers of the code. Examples with curl:\n[integration.md](integration.md). Tokens: "
         "[security.md](security.md). WebSocket: [websocket.md](websocket.md).\n\n" +
         text_of(*openapi.find("info"), "description") +
         " So every status of 400 and more comes with a " + link_to("problem") +
         ", as `application/problem+json`.\n\n| route | scope | what it does |\n|---|---|---|\n" +
         index + "\n## Routes\n" + routes + "\n## Answers and their parts\n" + schemas;
}

}  // namespace documents
