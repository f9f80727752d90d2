# Installs the binary, the rooms with their headers, and the package: find_package(pitwall) gives
# pitwall::base, pitwall::workflow, pitwall::blocks, ... pitwall::host.
include(CMakePackageConfigHelpers)

set(pitwall_package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/pitwall")
get_property(pitwall_rooms GLOBAL PROPERTY PITWALL_ROOMS)
get_property(pitwall_directories GLOBAL PROPERTY PITWALL_ROOM_DIRECTORIES)

install(TARGETS ${pitwall_rooms} EXPORT pitwallTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET pitwall)
  install(TARGETS pitwall RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
foreach(directory IN LISTS pitwall_directories)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${directory}/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/pitwall/${directory}" FILES_MATCHING PATTERN "*.hpp")
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples/"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/pitwall/examples" USE_SOURCE_PERMISSIONS)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/README.md"
  "${PROJECT_SOURCE_DIR}/CHANGELOG.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

install(EXPORT pitwallTargets NAMESPACE pitwall:: DESTINATION "${pitwall_package_directory}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/pitwallConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/pitwallConfig.cmake" INSTALL_DESTINATION "${pitwall_package_directory}")
# Before 1.0 a minor version may change interfaces.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/pitwallConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/pitwallConfig.cmake"
  "${PROJECT_BINARY_DIR}/pitwallConfigVersion.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
  DESTINATION "${pitwall_package_directory}")
