"""Replicate, own GPUs, or both: from what people ask to a scenario, from its answer to text.

The simulator itself is `pricing.simulator`, which reads no file, clock or ledger.
"""
