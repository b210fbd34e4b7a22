"""Where a picture comes from: picker, upload, held-out pictures, neighbours."""
