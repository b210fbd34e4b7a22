"""The maths of concepts, for whoever opens it."""

import streamlit as st

TEXT = r"""
**Direction.** Let $\mu_i$ be the codes of pictures with the concept and without it. The *plain* direction is
the difference of the two means. It carries along whatever else differs: if smiling faces mostly wear
glasses, it puts glasses on. The *balanced* one takes the difference within every class (or within the
values of an attribute) and averages those, so that what the classes differ in cancels out. The *probe* is
the normal of the plane by which logistic regression tells the two sides apart: best for telling, worse for
changing pictures.

**Unit.** The direction $v$ is scaled so that the codes of all test pictures have a standard deviation of 1
along it. A strength $s$ moves a code to $z + s\,v$. Beyond ±2.5 there are hardly any pictures, and what is
decoded there is a guess.

**Beyond the data.** Several concepts move a code by $d = \sum_k s_k v_k$. The desk looks how far $z + d$ lies
along $d$, and marks the picture where at most one in two hundred test pictures lies as far out. So two
concepts that are each within the data can lead out of them together. It is a test of one direction: of a
gap between the pictures it knows nothing. A slider's own hatching counts that concept alone.

**At right angles.** To leave other concepts $u_1, \dots$ alone, the part of $v$ in their span is taken out.

**Worth.** *AUC*: the share of pairs, one picture with and one without, that a linear probe puts in the
right order, on pictures it was not fitted to. *Agreement*: the cosine between this direction and the one
that as many other pictures of the kind would give, in nine cases of ten, from a bootstrap (Efron 1979).

**Sums.** A picture and a class stand for a code (of a class: the mean), a concept for a direction, numbers
scale. `7 - 1 + 4` adds codes as vectors do. Where the weights of pictures add up to 1, the result lies
among the codes; elsewhere the page says so.
"""


def show_how_it_works() -> None:
    """An expander with the formulas and what to make of the figures."""
    with st.expander("How it works", icon=":material/function:"):
        st.markdown(TEXT)
