-- expect: error (error object is not a string)
-- The host describes an error value that is an object; what its metamethods raise harms nobody.
error(setmetatable({}, {
  __tostring = function() error "second error" end,
  __name = ("n"):rep(100000),
  __close = error,
  __gc = error,
  __index = error,
}))
