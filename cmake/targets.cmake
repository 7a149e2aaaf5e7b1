# The functions that a folder's CMakeLists.txt calls.

# Warnings for our own code; Lua's sources and system headers are not ours.
add_library(moonward_warnings INTERFACE)
target_compile_options(moonward_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond>
  $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op>
  # clang's -Wconversion brings it along; g++'s, which decides, does not.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>
  # gcc 12 sees calls through inlined standard containers that cannot happen (bugs 105329, 105562, 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # Designated initialisers leave the other members at their defaults: that is what they are for.
  -Wno-missing-field-initializers)
if(MOONWARD_WERROR)
  target_compile_options(moonward_warnings INTERFACE -Werror)
endif()
if(MOONWARD_SANITIZE)
  # The sanitizers' own instrumentation makes gcc guess wrong here (it says so in its manual).
  target_compile_options(moonward_warnings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
    # Fences under ThreadSanitizer: it does not model them, which costs it precision, not us a warning.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()

# What every target of ours shares: includes are written from the top of the tree ("sandbox/verdict.hpp").
function(moonward_common target)
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_compile_options(${target} PRIVATE ${MOONWARD_PIE})
  target_link_libraries(${target} PRIVATE moonward_warnings)
endfunction()

# moonward_library(TARGET SOURCES… [PUBLIC LIBS…] [PRIVATE LIBS…] [PCH HEADERS…]): one folder's static library.
# LIBS in PUBLIC are seen by whoever links the folder, LIBS in PRIVATE only by the folder itself. A folder
# without sources yet (headers alone) is a library all the same.
function(moonward_library target)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE;PCH" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "moonward_library(${target}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_SOURCES)
    file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${target}_empty.cpp" CONTENT "")
    set(arg_SOURCES "${CMAKE_CURRENT_BINARY_DIR}/${target}_empty.cpp")
  endif()
  add_library(${target} STATIC ${arg_SOURCES})
  moonward_common(${target})
  target_compile_options(${target} PRIVATE ${MOONWARD_LTO_COMPILE})
  target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  if(arg_PCH)
    target_precompile_headers(${target} PRIVATE ${arg_PCH})
  endif()
endfunction()

# moonward_embed(TARGET NAMESPACE [BASE DIR] FILES…): puts text files into the program.
#
# The header "embedded/<last part of NAMESPACE>.hpp" declares
#     namespace NAMESPACE { std::span<const moonward::policies::embedded_file> files() noexcept; }
# in order of name; a name is the path relative to BASE (default: the current folder), such as
# "skynet/queue.lua". Whoever links TARGET can include the header.
function(moonward_embed target namespace)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "BASE" "")
  set(base "${arg_BASE}")
  if(NOT base)
    set(base "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  get_filename_component(base "${base}" ABSOLUTE)
  set(files "")
  foreach(file IN LISTS arg_UNPARSED_ARGUMENTS)
    get_filename_component(file "${file}" ABSOLUTE)
    list(APPEND files "${file}")
  endforeach()
  string(REGEX REPLACE ".*::" "" name "${namespace}")
  set(root "${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded")
  set(header "${root}/embedded/${name}.hpp")
  set(source "${root}/embedded/${name}.cpp")
  # The list goes through a file, so that its length has no limit and a file that leaves it is noticed.
  list(JOIN files "\n" listing)
  file(GENERATE OUTPUT "${root}/${name}.list" CONTENT "${listing}\n")
  add_custom_command(
    OUTPUT "${source}" "${header}"
    COMMAND "${MOONWARD_PYTHON}" "${CMAKE_SOURCE_DIR}/cmake/embed.py" --namespace "${namespace}" --base "${base}"
            --list "${root}/${name}.list" --header "${header}" --source "${source}"
    DEPENDS ${files} "${root}/${name}.list" "${CMAKE_SOURCE_DIR}/cmake/embed.py"
    COMMENT "Embedding ${namespace}"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}" "${header}")
  set_source_files_properties("${source}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  target_include_directories(${target} PUBLIC "${root}" PRIVATE "${CMAKE_SOURCE_DIR}")
endfunction()

# The sanitizers' options and Boost.Test's: the first finding stops the test, and a signal is the
# sanitizer's (or the kill's), not Boost's. use_sigaltstack=0: workers have an alternate stack of their own, and at a
# thread's end AddressSanitizer would unmap it.
set(MOONWARD_TEST_ENVIRONMENT
  "ASAN_OPTIONS=halt_on_error=1:abort_on_error=0:detect_stack_use_after_return=0:use_sigaltstack=0:strict_string_checks=1:allocator_may_return_null=1"
  "UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1"
  "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:history_size=4:suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp"
  "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.supp"
  "BOOST_TEST_CATCH_SYSTEM_ERRORS=no"
  "LC_ALL=C")

# moonward_test_properties(TEST [SERIAL] [TIMEOUT s] [LABELS…]): the environment and limits of every ctest; call
# it after add_test() for tests that are not Boost.Test programs. SERIAL: nothing else runs meanwhile (tests that
# measure time). The sanitizers and the stress switches get five times the TIMEOUT (default 120 s).
function(moonward_test_properties test)
  cmake_parse_arguments(arg "SERIAL" "TIMEOUT" "LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(MOONWARD_SANITIZE OR MOONWARD_STRESS)
    math(EXPR arg_TIMEOUT "5 * ${arg_TIMEOUT}")
  endif()
  set_property(TEST ${test} PROPERTY LABELS ${arg_LABELS})
  set_property(TEST ${test} PROPERTY TIMEOUT ${arg_TIMEOUT})
  set_property(TEST ${test} PROPERTY RUN_SERIAL ${arg_SERIAL})
  set_property(TEST ${test} PROPERTY ENVIRONMENT ${MOONWARD_TEST_ENVIRONMENT}
    "MOONWARD_BUILD=${CMAKE_BINARY_DIR}" "MOONWARD_SOURCE=${CMAKE_SOURCE_DIR}")
endfunction()

# moonward_test(NAME name SOURCES… [LIBS…] [LABELS…] [ARGS…] [SERIAL] [TIMEOUT s]): one Boost.Test program and its
# ctest. The sources don't define BOOST_TEST_MODULE: main() comes with moonward_test_main.
function(moonward_test)
  cmake_parse_arguments(arg "SERIAL" "NAME;TIMEOUT" "SOURCES;LIBS;LABELS;ARGS" ${ARGN})
  if(NOT arg_NAME OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "moonward_test(NAME name SOURCES file… [LIBS…] [LABELS…] [ARGS…] [SERIAL] [TIMEOUT s]): ${ARGN}")
  endif()
  string(REPLACE "." "_" target "${arg_NAME}")
  set(target "test_${target}")
  add_executable(${target} ${arg_SOURCES})
  moonward_common(${target})
  target_link_libraries(${target} PRIVATE ${arg_LIBS} moonward_test_main moonward::boost_test)
  target_link_options(${target} PRIVATE ${MOONWARD_NO_LTO_LINK})
  target_precompile_headers(${target} REUSE_FROM moonward_test_headers)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  add_test(NAME ${arg_NAME} COMMAND ${target} --catch_system_errors=no --color_output=no ${arg_ARGS})
  set(serial "")
  if(arg_SERIAL)
    set(serial SERIAL)
  endif()
  moonward_test_properties(${arg_NAME} ${serial} TIMEOUT "${arg_TIMEOUT}" LABELS ${arg_LABELS})
endfunction()

# moonward_fuzz(NAME name SOURCES… [LIBS…] [CORPUS DIR]): a libFuzzer target; the sources define
# LLVMFuzzerTestOneInput. The preset `fuzz` builds the fuzzer (build/fuzz/tests/fuzz_NAME CORPUS…); every other one
# builds a program that replays the corpus, and the ctest fuzz.NAME replays it in all of them.
function(moonward_fuzz)
  cmake_parse_arguments(arg "" "NAME;CORPUS" "SOURCES;LIBS" ${ARGN})
  if(NOT arg_NAME OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "moonward_fuzz(NAME name SOURCES file… [LIBS…] [CORPUS DIR]): ${ARGN}")
  endif()
  set(target "fuzz_${arg_NAME}")
  add_executable(${target} ${arg_SOURCES})
  moonward_common(${target})
  target_link_libraries(${target} PRIVATE ${arg_LIBS})
  target_link_options(${target} PRIVATE ${MOONWARD_NO_LTO_LINK})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  set(replay "")
  if(MOONWARD_SANITIZE STREQUAL "fuzzer")
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    set(replay -runs=0)
  else()
    target_sources(${target} PRIVATE "${CMAKE_SOURCE_DIR}/tests/support/replay_main.cpp")
  endif()
  if(arg_CORPUS)
    get_filename_component(arg_CORPUS "${arg_CORPUS}" ABSOLUTE)
    add_test(NAME fuzz.${arg_NAME} COMMAND ${target} ${replay} "${arg_CORPUS}")
    moonward_test_properties(fuzz.${arg_NAME} LABELS fuzz)
  endif()
endfunction()
