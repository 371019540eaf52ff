"""Made-up data: companies and people who do not exist, for demonstrations, tests and benchmarks."""
