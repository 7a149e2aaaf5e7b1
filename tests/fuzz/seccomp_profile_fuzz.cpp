// Seccomp profiles: refused with a place, or a profile each of whose lines has a reason.
#include "policies/seccomp_profile.hpp"

#include "check.hpp"

#include <string_view>

using namespace moonward::policies;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto read = parse_profile(text, "fuzzed");
  if (read.has_error()) {
    FUZZ_CHECK(read.error().text.starts_with("fuzzed"));
    FUZZ_CHECK(read.error().text.find('\n') == std::string_view::npos);
    return 0;
  }
  for (const syscall_rule& rule : read->rules) {
    FUZZ_CHECK(!rule.syscall.empty());
    FUZZ_CHECK(!rule.reason.empty());
    FUZZ_CHECK((rule.effect == syscall_effect::refuse) == (rule.error_number != 0));
    for (const argument_test& test : rule.tests) {
      FUZZ_CHECK(test.index < 6);
      FUZZ_CHECK(test.bound.empty() != test.values.empty());
    }
  }
  FUZZ_CHECK(read->rules.empty() || !read->describe().empty());
  return 0;
}
