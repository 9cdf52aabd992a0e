"""What several processes must remember at once: one SQLite file, `state.sqlite`, in WAL mode.

Why SQLite and not the ledger's DuckDB: docs/adr/0014-state-in-sqlite.md.
"""
