// Job: the test client, GET /client: the page web/client.html as it was built in.
// Why so: the page holds nothing secret and asks for whatever it shows over the public API, so it
//      is served to whoever may connect. Its policy names its own script and style by their
//      hashes: whatever text an event brings, nothing else can run.
// Threads: as the router. Tests: tests/net/client_page_test.cpp, tests/web
#pragma once

#include <string>
#include <string_view>

#include "net/server/router.hpp"

namespace pitwall::http {

/// Made from web/client.html at build time.
std::string_view client_html() noexcept;

/// The Content-Security-Policy for a page with at most one <script> and one <style>.
std::string page_policy(std::string_view page);

void add_client_route(router& to);

}  // namespace pitwall::http
