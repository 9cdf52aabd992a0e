"""The addresses of the service, one concern a module; each makes its router for a `Service`."""
