"""Messages to people: one channel a module, and the relay that brings alerts to them."""
