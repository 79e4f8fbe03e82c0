"""Benchmarks: `make bench`. Machines differ, so every figure stands beside a yardstick of the same run."""
