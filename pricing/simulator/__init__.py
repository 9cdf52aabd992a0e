"""Replicate, our own GPUs, or both: demand and prices in, policies compared."""
