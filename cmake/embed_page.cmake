# Writes OUTPUT, a source with the text of PAGE, so that the binary needs no file beside it.
cmake_minimum_required(VERSION 3.25)
file(READ "${PAGE}" text)
string(FIND "${text}" ")page\"" end)
if(NOT end EQUAL -1)
  message(FATAL_ERROR "${PAGE} contains )page\", which would end the literal it becomes")
endif()
file(WRITE "${OUTPUT}" "// Made from web/client.html by cmake/embed_page.cmake.
#include \"net/server/client_page.hpp\"

namespace pitwall::http {

std::string_view client_html() noexcept { return R\"page(${text})page\"; }

}  // namespace pitwall::http
")
