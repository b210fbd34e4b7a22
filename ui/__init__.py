"""What pages share: frame, state, model picker, the player and its views. No maths, no Keras.

tools    what stands below the stage of Explore, one module each
train    the Train page: choosing, a run while it goes, what it made, the table of runs
player   the JavaScript that decodes in the browser
"""
