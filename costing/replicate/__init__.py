"""Replicate's HTTP interface, as far as accounting needs it: what was run, and by what."""
