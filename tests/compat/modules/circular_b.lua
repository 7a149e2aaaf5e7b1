return require "modules.circular_a"
