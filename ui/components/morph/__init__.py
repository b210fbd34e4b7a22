"""Films between pictures, played large and side by side."""
