#include "policies/permission.hpp"

#include <boost/test/unit_test.hpp>

using namespace moonward::policies;

BOOST_AUTO_TEST_SUITE(permissions)

BOOST_AUTO_TEST_CASE(every_name_reads_back_as_its_permission) {
  for (const permission_info& info : permission_table()) {
    BOOST_TEST((permission_from(info.name) == info.value));
    BOOST_TEST(to_string(info.value) == info.name);
    BOOST_TEST(!info.doc.empty());
  }
  BOOST_TEST(!permission_from("").has_value());
  BOOST_TEST(!permission_from("Kill").has_value());
}

BOOST_AUTO_TEST_CASE(a_set_holds_what_was_added_and_nothing_else) {
  permission_set members{permission::kill};
  members.add(permission::native);
  for (const permission_info& info : permission_table()) {
    const bool expected = info.value == permission::kill || info.value == permission::native;
    BOOST_TEST(members.has(info.value) == expected);
  }
  members.remove(permission::kill);
  BOOST_TEST((members == permission_set{permission::native}));
}

BOOST_AUTO_TEST_CASE(a_set_prints_its_names_in_order) {
  BOOST_TEST(to_string(permission_set{}) == "none");
  BOOST_TEST(to_string(permission_set{permission::debug, permission::kill}) == "kill, debug");
  BOOST_TEST(to_string(permission_set::all()) ==
             "kill, launch, inject, redirect, monitor, abort, setenv, signal, debug, "
             "register_global, native");
}

BOOST_AUTO_TEST_SUITE_END()
