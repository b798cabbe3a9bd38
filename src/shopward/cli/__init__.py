"""The door for people: the `shopward` command, one module per group of verbs.

It asks the data plane over its Unix socket, or opens it in this process when none runs; it never
goes around it. Data is written to stdout, messages to stderr.
"""
