#include "net/server/api.hpp"
#include "net/server/asyncapi_document.hpp"
#include "net/server/openapi_document.hpp"

namespace pitwall::http {

void add_openapi_route(router& to) {
  to.add("GET", "/openapi.json", [](const exchange_ref& ex, const auto&) {
    ex->answer({200, "application/json", std::string(openapi_document())});
  });
  to.add("GET", "/asyncapi.json", [](const exchange_ref& ex, const auto&) {
    ex->answer({200, "application/json", std::string(asyncapi_document())});
  });
}

}  // namespace pitwall::http
