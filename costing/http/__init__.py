"""HTTP as the rest of the program speaks it: one client, and when a request is tried again."""
