"""The maths of morphs, for whoever opens it."""

import streamlit as st

TEXT = r"""
**Ends.** The encoder turns a picture into a code, the mean $\mu(x)$ of $q(z \mid x)$. A film runs from code
to code, so that it begins and ends with *reconstructions*: what the decoder makes of the codes, not the
originals beside them. How far these differ is the root of the mean squared difference of their pixels.

**Ways from $a$ to $b$,** with $t$ from 0 to 1:

- *Straight:* $(1 - t)\,a + t\,b$. Even steps in the space of codes are not even in pictures.
- *Straight, at even pace:* the same line, with $t$ chosen so that every step changes the pixels by the
  same amount (the length of the curve under the decoder; Arvanitidis, Hansen and Hauberg 2018).
- *On an arc:* directions turn evenly, $\frac{\sin((1 - t)\,\omega)}{\sin \omega}\,\hat a + \frac{\sin(t\,
  \omega)}{\sin \omega}\,\hat b$, lengths go evenly (Shoemake 1985). Codes of many dimensions lie near a
  sphere, which a straight line cuts. Where the two directions agree or are opposite there is no arc, and
  the line is taken.
- *Staying on the data:* the shortest way from code to code of real pictures, each linked to its ten
  nearest, a link weighing its length to the third power, so that one long jump is dearer than many short
  ones.

**Ribbon.** The distance of each frame to the nearest code of a test picture, in units of how far such codes
usually lie apart. Near 1 is among the data; what is far away was decoded from a place that the model never
learned about. *Evenness* is the standard deviation of the steps between frames by their mean.

**Sheet.** Between four corners, $(1 - u)(1 - v)\,a + u(1 - v)\,b + (1 - u)\,v\,c + u\,v\,d$.
"""


def show_how_it_works() -> None:
    """An expander with the formulas and where they come from."""
    with st.expander("How it works", icon=":material/function:"):
        st.markdown(TEXT)
