"""Benchmarks: grids of cells, their results, and the tables, charts and comparisons of them."""
