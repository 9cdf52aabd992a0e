"""What makes the project's data files from observations; no part of the installed product."""
