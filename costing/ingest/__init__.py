"""Taking records in: sources and formats, how a record is read, staging, and what became of
rows."""
