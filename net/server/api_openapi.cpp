#include "net/server/api.hpp"
#include "net/server/openapi_document.hpp"

namespace pitwall::http {

void add_openapi_route(router& to) {
  to.add("GET", "/openapi.json", [](const exchange_ref& ex, const auto&) {
    ex->answer({200, "application/json", std::string(openapi_document())});
  });
}

}  // namespace pitwall::http
