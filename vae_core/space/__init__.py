"""Geometry of one latent space: slices, dimensions, samples, neighbours, density."""
