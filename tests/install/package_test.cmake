# Makes the Debian package, looks at it, and runs what is in it from a scratch root.
# Given: BUILD, CPACK, WORK.
cmake_minimum_required(VERSION 3.25)

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
function(expect pattern)
  if(NOT output MATCHES "${pattern}")
    message(FATAL_ERROR "no '${pattern}' in:\n${output}")
  endif()
endfunction()

run("${CPACK}" --config "${BUILD}/CPackConfig.cmake" -G DEB -B "${WORK}")
file(GLOB packages "${WORK}/pitwall_*.deb")
list(LENGTH packages count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "not one package, but: ${packages}")
endif()

run(dpkg-deb --contents "${packages}")
foreach(path "usr/bin/pitwall" "usr/lib/systemd/system/pitwall.service" "usr/lib/sysusers.d/pitwall.conf"
    "etc/pitwall/pitwall.json" "usr/share/man/man1/pitwall.1.gz" "usr/share/bash-completion/completions/pitwall"
    "usr/share/doc/pitwall/copyright" "usr/share/doc/pitwall/docs/operations.md"
    "usr/share/doc/pitwall/examples/three_bots/start" "usr/share/doc/pitwall/examples/processes.sh"
    "usr/share/doc/pitwall/examples/strategies/ticks/momentum.csv")
  expect(" [.]/${path}\n")
endforeach()
expect("drwx------ root/root [^\n]* [.]/etc/pitwall/credentials/\n")
foreach(stray "[.]hpp" "[.]cmake" "[.]a\n" "/home/" "${BUILD}")
  if(output MATCHES "${stray}")
    message(FATAL_ERROR "'${stray}' is in the package:\n${output}")
  endif()
endforeach()
run(dpkg-deb --info "${packages}")
expect("Depends: [^\n]*libc6 ")
expect("Depends: [^\n]*librocksdb")
expect("conffiles")

set(root "${WORK}/root")
run(dpkg-deb -x "${packages}" "${root}")
run("${root}/usr/bin/pitwall" --version)
run("${root}/usr/bin/pitwall" config check --config "${root}/etc/pitwall/pitwall.json")
expect("profile production")
run("${root}/usr/bin/pitwall" config check --config
  "${root}/usr/share/doc/pitwall/examples/three_bots/host.json")
