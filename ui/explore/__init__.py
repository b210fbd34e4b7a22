"""The Explore page and the front door."""
