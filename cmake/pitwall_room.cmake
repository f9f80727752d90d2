# pitwall_room(NAME DIRECTORY [LINKS rooms and libraries] [PRIVATE_LINKS libraries])
#
# A static library pitwall_NAME (alias pitwall::NAME) of all sources below DIRECTORY (for host: but main.cpp).
# LINKS may name rooms without their prefix. A room of headers alone becomes an interface library.

find_program(PITWALL_CCACHE ccache)
if(PITWALL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${PITWALL_CCACHE}")
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

add_library(pitwall_flags INTERFACE)
add_library(pitwall::flags ALIAS pitwall_flags)
target_compile_options(pitwall_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow=local -Wnon-virtual-dtor
  $<$<BOOL:${PITWALL_WERROR}>:-Werror>)
# g++ 12 reports this falsely for std::variant members, optimized or instrumented.
target_compile_options(pitwall_flags INTERFACE -Wno-maybe-uninitialized)
if(PITWALL_SANITIZE)
  target_compile_options(pitwall_flags INTERFACE -fsanitize=${PITWALL_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  if(PITWALL_SANITIZE MATCHES undefined)
    # CAF 0.17.6 downcasts the end of its mailbox's queue, which is no message (actors/resident.hpp).
    target_compile_options(pitwall_flags INTERFACE -fno-sanitize=vptr)
  endif()
  target_link_options(pitwall_flags INTERFACE -fsanitize=${PITWALL_SANITIZE})
endif()
# At -O3 g++ 12 reports overlapping copies falsely in std::string's operator+.
target_compile_options(pitwall_flags INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
if(PITWALL_SANITIZE MATCHES thread)
  # Asio's fences are no errors: what they order is ordered by its locks too.
  target_compile_options(pitwall_flags INTERFACE -Wno-tsan)
endif()
if(PITWALL_TIDY)
  find_program(PITWALL_CLANG_TIDY clang-tidy REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY "${PITWALL_CLANG_TIDY}")
endif()

function(pitwall_room name directory)
  cmake_parse_arguments(ROOM "" "" "LINKS;PRIVATE_LINKS" ${ARGN})
  set(links "")
  foreach(link IN LISTS ROOM_LINKS)
    if(TARGET pitwall_${link})
      list(APPEND links pitwall_${link})
    else()
      list(APPEND links ${link})
    endif()
  endforeach()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${directory}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(sources)
    add_library(pitwall_${name} STATIC ${sources})
    set(visibility PUBLIC)
    target_link_libraries(pitwall_${name} PRIVATE $<BUILD_INTERFACE:pitwall_flags> ${ROOM_PRIVATE_LINKS})
    set_target_properties(pitwall_${name} PROPERTIES EXPORT_NAME ${name})
  else()
    add_library(pitwall_${name} INTERFACE)
    set(visibility INTERFACE)
    set_target_properties(pitwall_${name} PROPERTIES EXPORT_NAME ${name})
  endif()
  add_library(pitwall::${name} ALIAS pitwall_${name})
  set_property(GLOBAL APPEND PROPERTY PITWALL_ROOMS pitwall_${name})
  set_property(GLOBAL APPEND PROPERTY PITWALL_ROOM_DIRECTORIES ${directory})
  target_include_directories(pitwall_${name} ${visibility}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/pitwall>)
  target_compile_features(pitwall_${name} ${visibility} cxx_std_20)
  target_link_libraries(pitwall_${name} ${visibility} ${links})
endfunction()
