"""Every picture of a data set as a point: codes, originals, columns, groups, tables."""
