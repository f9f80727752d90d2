# Installs into a fresh prefix, then builds and runs the project in external/ against it, as a user
# would. Given: BUILD, SOURCE, WORK, GENERATOR, COMPILER, CONFIG, FLAGS.
cmake_minimum_required(VERSION 3.25)

set(prefix "${WORK}/prefix with a space")
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT code EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "failed (${code}): ${command}\n${out}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")
# The package works while the build tree's own files stay out of it.
file(GLOB_RECURSE package_files "${prefix}/*.cmake")
if(NOT package_files)
  message(FATAL_ERROR "no package was installed below ${prefix}")
endif()
foreach(file IN LISTS package_files)
  file(READ "${file}" text)
  foreach(leak "${SOURCE}" "${BUILD}" pitwall_flags pitwall::flags -Werror -fsanitize)
    string(FIND "${text}" "${leak}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${file} mentions ${leak}")
    endif()
  endforeach()
endforeach()

run("${prefix}/bin/pitwall" --version)
# The test client is in the binary: no file has to lie beside it.
file(STRINGS "${prefix}/bin/pitwall" page LIMIT_COUNT 1 REGEX "<title>Pitwall test client</title>")
if(NOT page)
  message(FATAL_ERROR "${prefix}/bin/pitwall does not have the test client's page")
endif()
run("${CMAKE_COMMAND}" -S "${SOURCE}/tests/install/external" -B "${WORK}/build" -G "${GENERATOR}"
  "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_BUILD_TYPE=${CONFIG}"
  "-DCMAKE_CXX_FLAGS=${FLAGS}")
run("${CMAKE_COMMAND}" --build "${WORK}/build")
run("${WORK}/build/external_blocks")
message(STATUS "${output}")
run("${WORK}/build/external_host")

# The example that is such a project, by its own command.
run("${CMAKE_COMMAND}" -E env "CXX=${COMPILER}" "CXXFLAGS=${FLAGS}"
  "${prefix}/share/pitwall/examples/custom_block/start" "${prefix}")
foreach(part "5  3002 [^\n]* buy\n" "14  3000 [^\n]* sell\n" "'crosser': normal -> halt, by fill_guard"
    "one more: the emergency state is halt")
  if(NOT output MATCHES "${part}")
    message(FATAL_ERROR "the example custom_block does not say '${part}':\n${output}")
  endif()
endforeach()
file(READ "${SOURCE}/examples/custom_block/README.md" readme)
string(REGEX MATCH "```text\n([^`]*)```" sample "${readme}")
string(FIND "${output}" "${CMAKE_MATCH_1}" at)
if(NOT sample OR at EQUAL -1)
  message(FATAL_ERROR "the example custom_block prints another output than its README has:\n${output}")
endif()
