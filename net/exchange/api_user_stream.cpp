// Job: the listen key of the user data stream, which needs the API key and no signature.
#include "net/exchange/api.hpp"

namespace pitwall::sim {

api::outcome api::open_stream(const call& c) {
  std::string key;
  if (auto bad = keys_.open(c.now_ms, key)) return *bad;
  return value(value::object{{"listenKey", key}});
}

api::outcome api::keep_stream(const call& c) {
  std::string key;
  if (auto bad = c.p.need("listenKey", key)) return *bad;
  if (auto bad = keys_.keep_alive(key, c.now_ms)) return *bad;
  return value(value::object{});
}

api::outcome api::close_stream(const call& c) {
  std::string key;
  if (auto bad = c.p.need("listenKey", key)) return *bad;
  if (auto bad = keys_.close(key, c.now_ms)) return *bad;
  return value(value::object{});
}

}  // namespace pitwall::sim
