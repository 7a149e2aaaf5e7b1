#include "sandbox/memory/memory_keys.hpp"

#include "sandbox/memory/large_blocks.hpp"
#include "sandbox/memory/size_class.hpp"
#include "sandbox/vm/execution.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

namespace moonward::sandbox {

namespace {

// A page of a colour, readable from outside slices.
class coloured_page {
 public:
  explicit coloured_page(unsigned colour) : bytes_{static_cast<char*>(map_pages(page_bytes))} {
    BOOST_REQUIRE(memory_keys::tag(bytes_, page_bytes, memory_keys::key_of(colour)));
    bytes_[0] = 'x';
  }
  ~coloured_page() { unmap_pages(bytes_, page_bytes); }
  coloured_page(const coloured_page&) = delete;
  coloured_page& operator=(const coloured_page&) = delete;
  [[nodiscard]] volatile char* bytes() const noexcept { return bytes_; }

 private:
  char* bytes_;
};

struct touch {
  volatile char* at;
  bool write;
  char seen;
};

void touch_from_the_vm(void* argument) {
  auto& t = *static_cast<touch*>(argument);
  execution::current()->enter_vm(nullptr);
  if (t.write) *t.at = 'y';
  else t.seen = *t.at;
  execution::current()->leave_vm();
}

// Runs a slice of the colour on a thread of its own, as a worker does.
verdict_reason run_slice(unsigned colour, touch& t) {
  verdict_reason reason = verdict_reason::none;
  std::thread{[&] {
    slice_lease lease;
    execution exec{lease};
    exec.attach_to_thread(nullptr, nullptr);
    exec.open_key_only(memory_keys::key_of(colour));
    if (!exec.run_guarded(touch_from_the_vm, &t)) reason = exec.death().reason;
  }}.join();
  return reason;
}

bool have_keys() {
  install_interrupt_handlers();
  memory_keys::prepare();
  if (memory_keys::colours() >= 2) return true;
  BOOST_TEST_MESSAGE("no memory protection keys here: nothing to test");
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_keys_suite)

BOOST_AUTO_TEST_CASE(a_slice_uses_memory_of_its_own_colour) {
  if (!have_keys()) return;
  const coloured_page own{0};
  touch read{own.bytes(), false, 0};
  BOOST_TEST((run_slice(0, read) == verdict_reason::none));
  BOOST_TEST(read.seen == 'x');
  touch write{own.bytes(), true, 0};
  BOOST_TEST((run_slice(0, write) == verdict_reason::none));
  BOOST_TEST(*own.bytes() == 'y');
}

BOOST_AUTO_TEST_CASE(a_slice_that_pokes_into_another_colours_memory_dies_and_reads_nothing) {
  if (!have_keys()) return;
  const coloured_page other{1};
  touch read{other.bytes(), false, 0};
  BOOST_TEST((run_slice(0, read) == verdict_reason::memory_fault));
  BOOST_TEST(read.seen == 0);
  touch write{other.bytes(), true, 0};
  BOOST_TEST((run_slice(0, write) == verdict_reason::memory_fault));
  BOOST_TEST(*other.bytes() == 'x');
}

BOOST_AUTO_TEST_CASE(colours_wrap_so_that_each_tenant_has_a_key) {
  if (!have_keys()) return;
  const unsigned colours = memory_keys::colours();
  BOOST_TEST(memory_keys::key_of(0) == memory_keys::key_of(colours));
  BOOST_TEST(memory_keys::key_of(0) != memory_keys::key_of(1));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace moonward::sandbox
