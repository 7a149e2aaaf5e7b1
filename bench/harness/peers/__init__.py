"""The programs that are measured. Each turns a script and its arguments into a running Child."""
