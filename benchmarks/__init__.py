"""
Letrics beside its peers: the same data, the same questions, in one run.

Not part of the package: `make bench` and `make bench-full` run it, CONTRIBUTING.md says how.
"""
