"""One point of latent space: a place on the pad, sliders, a picture."""
