"""Records arrive by themselves: what Replicate's interface lists goes into the inbox, once."""
