# The systemd unit: systemd reads it without a word, and finds little that a host could do beyond
# its job. Given: SOURCE, BINARY, WORK.
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE "${WORK}")
set(PITWALL_BINARY "${BINARY}")
configure_file("${SOURCE}/packaging/pitwall.service.in" "${WORK}/pitwall.service" @ONLY)
execute_process(COMMAND systemd-analyze verify --man=no "${WORK}/pitwall.service"
  RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(NOT code EQUAL 0 OR NOT out STREQUAL "")
  message(FATAL_ERROR "systemd-analyze verify (${code}): ${out}")
endif()
# In tenths: 2.0.
execute_process(COMMAND systemd-analyze security --no-pager --offline=true --threshold=20
    "${WORK}/pitwall.service" RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
string(REGEX MATCH "Overall exposure level[^\n]*" level "${out}")
if(NOT code EQUAL 0 OR level STREQUAL "")
  message(FATAL_ERROR "systemd-analyze security (${code}): ${out}")
endif()
message(STATUS "${level}")
