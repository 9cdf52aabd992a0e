"""The tests, under a name of their own: other packages install a `tests`, too."""
