# The Debian package: `cpack -G DEB` in the build directory, or `./dev package`. One component,
# `service`: the program, its unit, a configuration, manual page, completion, documents, examples.
# What only the package has is in no other installation.
set(pitwall_generated "${PROJECT_BINARY_DIR}/package")
set(PITWALL_BINARY "/usr/bin/pitwall")
configure_file(packaging/pitwall.service.in "${pitwall_generated}/pitwall.service" @ONLY)
configure_file(packaging/pitwall.sysusers "${pitwall_generated}/pitwall.conf" COPYONLY)
set(PITWALL_MAINTAINER "The authors of Pitwall <pitwall@packages.invalid>" CACHE STRING
  "Who answers for the package; to be set by whoever gives one to others")
string(TIMESTAMP pitwall_day "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE "${pitwall_generated}/changelog.Debian" "pitwall (${PROJECT_VERSION}-1) unstable; urgency=medium

  * See changelog.gz.

 -- ${PITWALL_MAINTAINER}  ${pitwall_day}
")

# Made by the program itself, so that they name what it has.
add_custom_command(OUTPUT "${pitwall_generated}/pitwall.1.gz" "${pitwall_generated}/pitwall.bash"
    "${pitwall_generated}/changelog.gz" "${pitwall_generated}/changelog.Debian.gz"
  COMMAND sh -c "'$<TARGET_FILE:pitwall>' manual man | gzip -9n >pitwall.1.gz"
  COMMAND sh -c "'$<TARGET_FILE:pitwall>' manual bash >pitwall.bash"
  COMMAND sh -c "gzip -9nc '${PROJECT_SOURCE_DIR}/CHANGELOG.md' >changelog.gz"
  COMMAND sh -c "gzip -9nc changelog.Debian >changelog.Debian.gz"
  WORKING_DIRECTORY "${pitwall_generated}"
  DEPENDS pitwall "${PROJECT_SOURCE_DIR}/CHANGELOG.md" VERBATIM)
add_custom_target(package_files ALL DEPENDS "${pitwall_generated}/pitwall.1.gz")

function(pitwall_package_files destination)
  install(FILES ${ARGN} DESTINATION "${destination}" COMPONENT service EXCLUDE_FROM_ALL)
endfunction()
install(TARGETS pitwall RUNTIME DESTINATION bin COMPONENT service EXCLUDE_FROM_ALL)
pitwall_package_files(lib/systemd/system "${pitwall_generated}/pitwall.service")
pitwall_package_files(lib/sysusers.d "${pitwall_generated}/pitwall.conf")
pitwall_package_files(share/man/man1 "${pitwall_generated}/pitwall.1.gz")
install(FILES "${pitwall_generated}/pitwall.bash" DESTINATION share/bash-completion/completions
  RENAME pitwall COMPONENT service EXCLUDE_FROM_ALL)
pitwall_package_files(/etc/pitwall packaging/pitwall.json)
# Empty: whoever has a key puts it there.
install(DIRECTORY DESTINATION /etc/pitwall/credentials COMPONENT service EXCLUDE_FROM_ALL
  DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
pitwall_package_files(share/doc/pitwall packaging/copyright README.md
  "${pitwall_generated}/changelog.gz" "${pitwall_generated}/changelog.Debian.gz")
install(FILES packaging/lintian-overrides DESTINATION share/lintian/overrides RENAME pitwall
  COMPONENT service EXCLUDE_FROM_ALL)
install(DIRECTORY docs DESTINATION share/doc/pitwall COMPONENT service EXCLUDE_FROM_ALL)
# Without the one that needs headers and libraries, which this package does not have.
install(DIRECTORY examples DESTINATION share/doc/pitwall USE_SOURCE_PERMISSIONS
  COMPONENT service EXCLUDE_FROM_ALL PATTERN custom_block EXCLUDE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pitwall)
set(CPACK_PACKAGE_VENDOR "The authors of Pitwall")
set(CPACK_COMPONENTS_ALL service)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEBIAN_SERVICE_PACKAGE_NAME pitwall)
set(CPACK_DEBIAN_SERVICE_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${PITWALL_MAINTAINER}")
set(CPACK_DEBIAN_SERVICE_PACKAGE_SECTION misc)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_DEBIAN_SERVICE_DESCRIPTION "Pitwall runs trading workflows, graphs of blocks in JSON files, as
 actors: durable, observable, and stoppable at once. Every step is
 journaled before anyone is told of it, and an order leaves only while
 no halt is in force.")
set(CPACK_DEBIAN_SERVICE_PACKAGE_SHLIBDEPS ON)
# Time zones for triggers, certificates for venues, and what makes the service's user.
set(CPACK_DEBIAN_SERVICE_PACKAGE_DEPENDS "tzdata, ca-certificates, systemd | systemd-standalone-sysusers | systemd-sysusers")
file(WRITE "${pitwall_generated}/conffiles" "/etc/pitwall/pitwall.json\n")
set(CPACK_DEBIAN_SERVICE_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_SERVICE_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/packaging/postinst"
  "${PROJECT_SOURCE_DIR}/packaging/prerm" "${PROJECT_SOURCE_DIR}/packaging/postrm"
  "${pitwall_generated}/conffiles")
include(CPack)
