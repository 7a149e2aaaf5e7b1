return require "modules.circular_b"
