"""Taking records in: sources and formats, how a record is read, what became of rows."""
