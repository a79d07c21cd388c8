"""Grids of cells, their results, and the tables, charts and comparisons made of them."""
