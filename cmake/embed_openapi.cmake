# INPUT, a JSON text, as the function of net/server/openapi_document.hpp, in OUTPUT.
cmake_minimum_required(VERSION 3.25)
file(READ "${INPUT}" text)
file(WRITE "${OUTPUT}" "#include \"net/server/openapi_document.hpp\"

namespace pitwall::http {

std::string_view openapi_document() noexcept { return R\"document(${text})document\"; }

}  // namespace pitwall::http
")
