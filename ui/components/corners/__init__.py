"""The sheet between four pictures."""
