#pragma once

// What is precompiled for every test program: heavy, and in nearly all of them.

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>
