"""What a second, an image or a token costs, and since when.

This package is pure: it reads dated files that it is pointed to and computes. It knows no clock,
no environment, no network and no database, so the same books and the same records always give the
same amounts. Import what you need from its modules; nothing is loaded here, because every command
pays for what this file imports.
"""
