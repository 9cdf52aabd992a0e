"""Read-only questions over the ledger's views: one `.sql` file a report.

The rule of this package: it knows questions, not the world. It is given a connection and reads
the views `used`, `used_other` and `record`, priced by the macros `charged` and `charged_other`, and
the tables `rejected` and `conflict`; it opens no file of the user's, has no clock and changes
nothing but temporary tables of that connection.
"""
