/// The library tables of a state: `string`, `table`, `math`, … which fill themselves on first use.
///
/// An idle service pays for what it uses: a table starts empty, with a metatable whose __index and
/// __newindex fill it and take the metatable away. A script can't tell: the base functions that
/// look at a table without its metamethods (next, rawget, getmetatable, …) fill it first. Thread:
/// the worker that runs the service.
#pragma once

struct lua_State;

namespace moonward::sandbox {

/// Sets the globals of the libraries and of the base functions named above, and the metatable of
/// strings.
void open_library_tables(lua_State* L);

}  // namespace moonward::sandbox
