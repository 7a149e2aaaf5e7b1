error("broken on purpose", 0)
