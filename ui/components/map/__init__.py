"""Every picture as a point."""
