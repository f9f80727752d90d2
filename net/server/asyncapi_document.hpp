// Job: docs/asyncapi.json as it was when this was built (cmake/embed_text.cmake).
// Threads: any. Tests: tests/host/openapi_test.cpp
#pragma once

#include <string_view>

namespace pitwall::http {

std::string_view asyncapi_document() noexcept;

}  // namespace pitwall::http
