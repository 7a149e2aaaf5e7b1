# moonward_lua: Lua 5.4.9 as a static C library, built from its pristine, pinned source tarball.
#
# Debian 12's own liblua5.4 is 5.4.4, in which plain scripts can corrupt memory (docs/design.md 3.1).
# Nothing in the sources is changed; what we set is what Lua's configuration macros offer, in
# sandbox/vm/lua_user.h. The sources come from, in this order:
#   -DMOONWARD_SYSTEM_LUA=ON     Debian's liblua5.4: known memory-safety bugs; the program says so
#   -DMOONWARD_LUA_SOURCE=DIR    a directory with the unpacked sources
#   .deps/lua5.4_5.4.9.orig.tar.gz   what tools/deps fetched, checked against the hash below

set(MOONWARD_LUA_VERSION 5.4.9)
set(MOONWARD_LUA_SHA256 2335b6c582a52654f94612bf10d2f4672805d05329aa6568b1d8cd9e5c6fb8e6)
set(MOONWARD_LUA_TARBALL "${CMAKE_SOURCE_DIR}/.deps/lua5.4_${MOONWARD_LUA_VERSION}.orig.tar.gz")

set(MOONWARD_LUA_SOURCE "" CACHE PATH "directory with Lua ${MOONWARD_LUA_VERSION}'s sources; empty: tools/deps' tarball")
option(MOONWARD_SYSTEM_LUA "link the system's liblua5.4 (known memory-safety bugs)" OFF)
# On, because it is in the stock interpreter, in Debian's and in Skynet's: `math.pow` and friends, and
# `__le` from `__lt`.
option(MOONWARD_LUA_COMPAT_5_3 "keep what Lua's own makefile keeps of Lua 5.3" ON)

set(lua_way_out
    "Run tools/deps, which fetches it, or pass -DMOONWARD_LUA_SOURCE=DIR with a directory of Lua \
${MOONWARD_LUA_VERSION}'s sources; -DMOONWARD_SYSTEM_LUA=ON links the system's liblua5.4, which has \
known memory-safety bugs.")

# moonward_find_lua_source(VARIABLE): the directory that holds lapi.c, or a configure error.
function(moonward_find_lua_source variable)
  if(MOONWARD_LUA_SOURCE)
    get_filename_component(root "${MOONWARD_LUA_SOURCE}" ABSOLUTE BASE_DIR "${CMAKE_SOURCE_DIR}")
    set(where "MOONWARD_LUA_SOURCE=${MOONWARD_LUA_SOURCE}")
  else()
    if(NOT EXISTS "${MOONWARD_LUA_TARBALL}")
      message(FATAL_ERROR "Lua's source tarball is missing: ${MOONWARD_LUA_TARBALL}\n${lua_way_out}")
    endif()
    file(SHA256 "${MOONWARD_LUA_TARBALL}" sha256)
    if(NOT sha256 STREQUAL MOONWARD_LUA_SHA256)
      message(FATAL_ERROR "${MOONWARD_LUA_TARBALL} is not the pinned tarball:\n"
                          "  SHA-256 ${sha256}\n  pinned  ${MOONWARD_LUA_SHA256}\n"
                          "Delete it. ${lua_way_out}")
    endif()
    set(root "${CMAKE_BINARY_DIR}/lua/${sha256}")
    set(where "the tarball")
    if(NOT EXISTS "${root}/unpacked")
      file(REMOVE_RECURSE "${root}")
      file(ARCHIVE_EXTRACT INPUT "${MOONWARD_LUA_TARBALL}" DESTINATION "${root}")
      file(TOUCH "${root}/unpacked")
    endif()
    set(root "${root}/lua-${MOONWARD_LUA_VERSION}")
  endif()
  foreach(candidate IN ITEMS "${root}/src" "${root}")
    if(EXISTS "${candidate}/lapi.c" AND EXISTS "${candidate}/lua.h")
      file(STRINGS "${candidate}/lua.h" release REGEX "define LUA_VERSION_RELEASE")
      file(STRINGS "${candidate}/lua.h" major_minor REGEX "define LUA_VERSION_(MAJOR|MINOR)[ \t]")
      string(REGEX REPLACE "[^0-9]+" "." found "${major_minor};${release}")
      string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" found "${found}")
      if(NOT found STREQUAL MOONWARD_LUA_VERSION)
        message(WARNING "${where} holds Lua ${found}; Moonward is built and tested with ${MOONWARD_LUA_VERSION}.")
      endif()
      set(${variable} "${candidate}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "${where} holds no Lua sources (lapi.c, lua.h). ${lua_way_out}")
endfunction()

if(MOONWARD_SYSTEM_LUA)
  pkg_check_modules(SYSTEM_LUA QUIET IMPORTED_TARGET lua5.4)
  if(NOT SYSTEM_LUA_FOUND)
    message(FATAL_ERROR "MOONWARD_SYSTEM_LUA=ON, but liblua5.4 was not found (Debian package liblua5.4-dev).")
  endif()
  message(WARNING "Linking the system's Lua ${SYSTEM_LUA_VERSION}: scripts can corrupt its memory. For trusted scripts only.")
  add_library(moonward_lua INTERFACE)
  target_link_libraries(moonward_lua INTERFACE PkgConfig::SYSTEM_LUA)
  target_compile_definitions(moonward_lua INTERFACE MOONWARD_SYSTEM_LUA=1)
else()
  moonward_find_lua_source(lua_source)
  # lcorolib.c is in for what of it the sandbox keeps. Left out of the archive: what scripts never get
  # (debug, io, os, package), and linit.c, which opens all of them.
  set(lua_parts
      lapi lcode lctype ldebug ldo ldump lfunc lgc llex lmem lobject lopcodes lparser lstate lstring ltable
      ltm lundump lvm lzio lauxlib lbaselib lcorolib lmathlib lstrlib ltablib lutf8lib)
  list(TRANSFORM lua_parts PREPEND "${lua_source}/")
  list(TRANSFORM lua_parts APPEND ".c")
  add_library(moonward_lua STATIC ${lua_parts})
  target_include_directories(moonward_lua SYSTEM PUBLIC "${lua_source}")
  target_include_directories(moonward_lua PRIVATE "${CMAKE_SOURCE_DIR}/sandbox/vm")
  # Whoever includes lua.h must see the same configuration as the library.
  target_include_directories(moonward_lua INTERFACE "${CMAKE_SOURCE_DIR}/sandbox/vm")
  target_compile_definitions(moonward_lua PUBLIC "LUA_USER_H=\"lua_user.h\"")
  if(MOONWARD_LUA_COMPAT_5_3)
    target_compile_definitions(moonward_lua PUBLIC LUA_COMPAT_5_3)
  endif()
  if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_definitions(moonward_lua PRIVATE LUAI_ASSERT LUA_USE_APICHECK)
  endif()
  target_compile_options(moonward_lua PRIVATE ${MOONWARD_PIE} ${MOONWARD_LTO_COMPILE})
  target_link_libraries(moonward_lua PUBLIC m)
endif()
