"""Benchmarks of the product against DuckDB alone, on invented records: `make bench`.

Rule of this folder: a figure is a ratio of two things measured in turn on one machine, and what
is measured is checked first. Nothing here is part of the product.
"""
