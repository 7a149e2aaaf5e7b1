# What the builder may choose, and the flags that follow from it. Every flag for the whole tree is set
# here; warnings are not, because they hold for our own code alone (targets.cmake).

include(CheckIPOSupported)

option(MOONWARD_TESTS "build the tests" ON)
option(MOONWARD_BENCH "build the micro-benchmarks" OFF)
option(MOONWARD_WERROR "treat warnings in our own code as errors" ON)
option(MOONWARD_STRESS "pre-empt at every chance and collect garbage after each slice" OFF)
option(MOONWARD_LTO "optimise the program across translation units in Release builds" ON)
option(MOONWARD_CCACHE "compile through ccache when it is installed" ON)
set(MOONWARD_SANITIZE "" CACHE STRING "empty, address (with undefined behaviour), thread or fuzzer")
set_property(CACHE MOONWARD_SANITIZE PROPERTY STRINGS "" address thread fuzzer)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# -g1 keeps function names and lines for traces at a tenth of the size of -g. -O1 in Debug because the
# stress switches make an unoptimised interpreter too slow to be tested with.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")

# A script may drive a worker to the end of its stack; stack-clash protection makes sure that the guard
# area is what it then meets. The frame pointers keep profiles and crash traces whole.
add_compile_options(-fno-omit-frame-pointer -fstack-protector-strong)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|aarch64")
  add_compile_options(-fstack-clash-protection)
endif()
# Symbols are bound at start (-z now): the lazy binder takes a lock, and a kill may leave a C function by
# siglongjmp at any instant.
add_link_options(-Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack)
# Everything ends up in position-independent executables; -fPIE, unlike -fPIC, lets calls be inlined. Plug-ins
# (shared objects) set POSITION_INDEPENDENT_CODE themselves.
set(MOONWARD_PIE -fPIE)
add_link_options($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)

if(MOONWARD_SANITIZE STREQUAL "address")
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(MOONWARD_SANITIZE STREQUAL "thread")
  set(sanitize -fsanitize=thread)
elseif(MOONWARD_SANITIZE STREQUAL "fuzzer")
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "MOONWARD_SANITIZE=fuzzer needs clang (libFuzzer): use the preset `fuzz`.")
  endif()
  # Every object is instrumented; only the fuzz targets take libFuzzer's own main.
  set(sanitize -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
elseif(NOT MOONWARD_SANITIZE STREQUAL "")
  message(FATAL_ERROR "MOONWARD_SANITIZE=${MOONWARD_SANITIZE} is unknown: use address, thread, fuzzer or nothing.")
endif()
if(MOONWARD_SANITIZE)
  add_compile_options(${sanitize})
  add_link_options(${sanitize})
  add_compile_definitions(MOONWARD_SANITIZER=1)
  if(MOONWARD_SANITIZE STREQUAL "thread")
    add_compile_definitions(MOONWARD_TSAN=1)
  endif()
endif()
if(MOONWARD_STRESS)
  add_compile_definitions(MOONWARD_STRESS=1)
endif()

# Link-time optimisation: objects carry machine code as well (fat), so that the tests link in a second
# and only the program itself pays for the second pass.
set(MOONWARD_LTO_COMPILE "")
set(MOONWARD_LTO_LINK "")
set(MOONWARD_NO_LTO_LINK "")
if(MOONWARD_LTO AND CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT MOONWARD_SANITIZE
   AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  check_ipo_supported(RESULT lto_works OUTPUT lto_output LANGUAGES C CXX)
  if(lto_works)
    set(MOONWARD_LTO_COMPILE -flto=auto -ffat-lto-objects)
    set(MOONWARD_LTO_LINK -flto=auto -fuse-linker-plugin)
    set(MOONWARD_NO_LTO_LINK -fno-lto)
    set(CMAKE_AR "${CMAKE_CXX_COMPILER_AR}")
    set(CMAKE_RANLIB "${CMAKE_CXX_COMPILER_RANLIB}")
  else()
    message(WARNING "link-time optimisation is off: ${lto_output}")
  endif()
endif()

if(MOONWARD_CCACHE)
  find_program(CCACHE_PROGRAM ccache PATHS /usr/bin /usr/local/bin)
  mark_as_advanced(CCACHE_PROGRAM)
  if(CCACHE_PROGRAM)
    # Precompiled headers are cached only under these settings (ccache's manual, "Precompiled headers").
    foreach(language IN ITEMS C CXX)
      set(CMAKE_${language}_COMPILER_LAUNCHER
          "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;${CCACHE_PROGRAM}")
    endforeach()
  endif()
endif()
