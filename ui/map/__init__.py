"""What the page Map shows: the map itself, and the other views of the same codes."""
