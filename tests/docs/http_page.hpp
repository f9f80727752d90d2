// Job: docs/http.md, of what docs/openapi.json says of routes and answers.
#pragma once

#include <string>

#include "runtime/workflow/json.hpp"

namespace documents {

/// Precondition: it is an OpenAPI document as tests/host/openapi_test.cpp holds it.
std::string http_page(const pitwall::value& openapi);

}  // namespace documents
