# Debian's libraries, each as one imported target. tools/deps installs them all.

set(MOONWARD_DEPS_HINT "Run tools/deps, which installs every package the build needs.")

function(moonward_need found what package)
  if(NOT found)
    message(FATAL_ERROR "${what} was not found (Debian package ${package}). ${MOONWARD_DEPS_HINT}")
  endif()
endfunction()

find_program(PKG_CONFIG_EXECUTABLE NAMES pkg-config PATHS /usr/bin)
moonward_need("${PKG_CONFIG_EXECUTABLE}" "pkg-config" pkg-config)
find_package(PkgConfig REQUIRED QUIET)
find_package(Threads REQUIRED)

find_program(MOONWARD_PYTHON NAMES python3 PATHS /usr/bin /usr/local/bin)
moonward_need("${MOONWARD_PYTHON}" "python3" python3)

# Boost's headers: Asio, System, Intrusive. Nothing of it is linked but Boost.Test.
find_package(Boost 1.81 QUIET)
moonward_need("${Boost_FOUND}" "Boost 1.81" libboost1.81-dev)

pkg_check_modules(SECCOMP QUIET IMPORTED_TARGET libseccomp>=2.5)
moonward_need("${SECCOMP_FOUND}" "libseccomp" libseccomp-dev)
add_library(moonward::seccomp ALIAS PkgConfig::SECCOMP)

pkg_check_modules(TOMLPLUSPLUS QUIET IMPORTED_TARGET tomlplusplus>=3.3)
moonward_need("${TOMLPLUSPLUS_FOUND}" "toml++" libtomlplusplus-dev)
add_library(moonward::toml ALIAS PkgConfig::TOMLPLUSPLUS)

pkg_check_modules(FMT QUIET IMPORTED_TARGET fmt>=9)
moonward_need("${FMT_FOUND}" "fmt" libfmt-dev)
add_library(moonward::fmt ALIAS PkgConfig::FMT)

pkg_check_modules(CLI11 QUIET IMPORTED_TARGET CLI11>=2.1)
moonward_need("${CLI11_FOUND}" "CLI11" libcli11-dev)
add_library(moonward::cli11 ALIAS PkgConfig::CLI11)

# mimalloc serves messages and host-side buffers, and as the process's malloc. The sanitizers bring
# an allocator of their own, which sees more; there the target is empty and <mimalloc.h> must not be used
# (code asks #if MOONWARD_MIMALLOC).
add_library(moonward_mimalloc INTERFACE)
add_library(moonward::mimalloc ALIAS moonward_mimalloc)
if(NOT MOONWARD_SANITIZE)
  find_library(MIMALLOC_LIBRARY mimalloc)
  find_path(MIMALLOC_INCLUDE_DIR mimalloc.h)
  mark_as_advanced(MIMALLOC_LIBRARY MIMALLOC_INCLUDE_DIR)
  if(NOT MIMALLOC_LIBRARY OR NOT MIMALLOC_INCLUDE_DIR)
    moonward_need("" "mimalloc" libmimalloc-dev)
  endif()
  target_link_libraries(moonward_mimalloc INTERFACE "${MIMALLOC_LIBRARY}")
  target_include_directories(moonward_mimalloc SYSTEM INTERFACE "${MIMALLOC_INCLUDE_DIR}")
  target_compile_definitions(moonward_mimalloc INTERFACE MOONWARD_MIMALLOC=1)
endif()

if(MOONWARD_TESTS)
  find_library(BOOST_TEST_LIBRARY boost_unit_test_framework)
  mark_as_advanced(BOOST_TEST_LIBRARY)
  moonward_need("${BOOST_TEST_LIBRARY}" "Boost.Test 1.81" libboost-test1.81-dev)
  add_library(moonward_boost_test INTERFACE)
  add_library(moonward::boost_test ALIAS moonward_boost_test)
  target_link_libraries(moonward_boost_test INTERFACE "${BOOST_TEST_LIBRARY}")
  target_compile_definitions(moonward_boost_test INTERFACE BOOST_TEST_DYN_LINK=1)
endif()
