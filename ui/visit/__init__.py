"""The state of a visit: address, point, history, ends, travel between pages."""
