"""The ledger: what was used, in one DuckDB file, and the views that price it."""
