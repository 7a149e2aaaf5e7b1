// Overrides, as `exec --quota` and `ctl quota` take them: one is refused and changes nothing, or
// what it set is printed so that it can be set again.
#include "policies/key_value.hpp"

#include "check.hpp"

#include <string>
#include <string_view>

using namespace moonward::policies;

namespace {

void check_refusal(const failure& refused) {
  FUZZ_CHECK(!refused.text.empty());
  for (const char c : refused.text) FUZZ_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

template <class Subject>
void check(std::string_view assignment) {
  Subject subject;
  const auto done = apply_override(subject, assignment);
  if (done.has_error()) {
    check_refusal(done.error());
    FUZZ_CHECK(subject == Subject{});
    return;
  }
  const key_row<Subject>* row = find_key<Subject>(assignment.substr(0, assignment.find('=')));
  FUZZ_CHECK(row != nullptr);
  std::string printed = print_value(*row, subject);
  if (printed.starts_with('[')) return;
  if (printed.starts_with('"')) printed = printed.substr(1, printed.size() - 2);
  Subject again;
  FUZZ_CHECK(apply_override(again, std::string{row->name} + "=" + printed).has_value());
  FUZZ_CHECK(print_value(*row, again) == print_value(*row, subject));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view assignment{reinterpret_cast<const char*>(data), size};
  check<service_quota>(assignment);
  check<tenant_quota>(assignment);
  service_quota service;
  tenant_quota tenant;
  const auto done = apply_override(service, tenant, assignment);
  if (done.has_error()) {
    check_refusal(done.error());
    FUZZ_CHECK(service == service_quota{} && tenant == tenant_quota{});
  } else {
    FUZZ_CHECK(service == service_quota{} || tenant == tenant_quota{});
  }
  return 0;
}
