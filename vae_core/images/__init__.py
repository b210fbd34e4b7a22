"""One picture: made ready, drawn, or a film of many."""
