"""What people read of data sets, spaces and points."""
