// main() of every Boost.Test program; moonward_test() links it.
#define BOOST_TEST_MODULE moonward
#include <boost/test/unit_test.hpp>
