"""The HTTP service: parse, call the application, present. Everything else is behind `Costing`."""
