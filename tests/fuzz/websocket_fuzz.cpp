// What a client of /ws may send: refused with a message, or understood.
#include "net/live/client_frame.hpp"
#include "net/live/server_frames.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/fuzz/target.hpp"

namespace pitwall::fuzz {

void try_one(std::string_view bytes) {
  const auto said = live::read_frame(bytes);
  if (const auto* no = std::get_if<live::refusal>(&said)) {
    must(!no->code.empty() && !no->message.empty(), "a refusal has a code and a message");
    const auto sent = parse_json(live::error_frame(*no));
    must(sent.ok() && sent->find("op")->as_text() == "error", "a refusal is sent as JSON");
    return;
  }
  const auto& frame = std::get<live::client_frame>(said);
  must(parse_json(bytes).ok(), "what is understood is JSON");
  must(parse_json(live::frame("pong", frame.id, value(value::object{}))).ok(),
       "any id can be echoed");
  if (const auto* wanted = std::get_if<live::subscribe_op>(&frame.what))
    must(wanted->epoch.size() <= bytes.size(), "nothing comes from nowhere");
}

}  // namespace pitwall::fuzz
