// The one result type of policies: a value, or a sentence that says what is wrong and what would be
// right. Nothing in policies throws; a caller looks before it takes the value.
// Value types; any thread.
#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>

namespace moonward::policies {

/// Why something was refused: one line, without a place and without a newline, ready to be shown.
struct failure {
  std::string text;

  [[nodiscard]] bool operator==(const failure&) const = default;
};

/// Only reached by a caller that takes the value of a failed result without looking.
[[noreturn]] inline void throw_exception_from_error(const failure& error,
                                                    const boost::source_location& /*where*/) {
  throw std::logic_error(error.text);
}

template <class Value>
using result = boost::system::result<Value, failure>;

}  // namespace moonward::policies
