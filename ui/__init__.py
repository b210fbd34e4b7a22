"""What pages share: frame, state, model picker, the player and its views. No maths, no Keras."""
