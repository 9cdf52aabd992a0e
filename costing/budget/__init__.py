"""Budgets: what may be spent in a period, and what has to be told when more is.

The types and rules here are pure; `check` and `overview` put them together with ledger and state.
"""
