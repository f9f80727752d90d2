# INPUT, a text, as the function FUNCTION that HEADER declares in pitwall::http, in OUTPUT: the binary needs no file
# beside it.
cmake_minimum_required(VERSION 3.25)
file(READ "${INPUT}" text)
string(FIND "${text}" ")embedded\"" end)
if(NOT end EQUAL -1)
  message(FATAL_ERROR "${INPUT} contains )embedded\", which would end the literal it becomes")
endif()
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"

namespace pitwall::http {

std::string_view ${FUNCTION}() noexcept { return R\"embedded(${text})embedded\"; }

}  // namespace pitwall::http
")
