"""The maths of the map, for whoever opens it."""

import streamlit as st

TEXT = r"""
**Places.** The encoder gives a picture $x$ a Gaussian over codes, $q(z \mid x)$ with mean $\mu(x)$; a
point of the map is that mean. A space of two dimensions is shown as it is. Of more dimensions a map can
only keep a part:

- *PCA* takes the two directions of largest variance: $u = W^\top(\mu - \bar\mu)$. It is linear, so that
  it is exact for new pictures and every place is the shadow of many codes.
- *t-SNE* turns distances into neighbourhoods, $p_{j \mid i} \propto \exp(-\lVert \mu_i - \mu_j \rVert^2 /
  2\sigma_i^2)$ with as many effective neighbours as the perplexity says, and looks for places whose own
  neighbourhoods, $q_{ij} \propto (1 + \lVert u_i - u_j \rVert^2)^{-1}$, differ least from them (van der
  Maaten and Hinton 2008).
- *UMAP* does the same to a graph of nearest neighbours (McInnes, Healy and Melville 2018).

**Trust.** Let $r(i, j)$ be the rank of $j$ among the neighbours of $i$ in the space of codes, and
$U_k(i)$ the points that are among the $k$ nearest of $i$ on the map but not there. *Trustworthiness* is
$1 - \frac{2}{nk(2n - 3k - 1)} \sum_i \sum_{j \in U_k(i)} (r(i, j) - k)$; *continuity* is the same with
map and space exchanged (Venna and Kaski 2001).

**Figures.** The reconstruction error of a picture is $-\log p(x \mid z = \mu(x))$, and its KL is $\frac12
\sum_d (\mu_d^2 + \sigma_d^2 - 1 - \log \sigma_d^2)$, both in nats. Contours enclose 10, 30, 50, 70, 90
and 97 % of the points that are shown. Clusters are those of k-means on all dimensions; they know no
class.

**New pictures.** On a linear map they lie where the formula puts them. On the others there is none: they
are put among the places of their nearest codes, weighted by distance, which is an estimate.
"""


def show_how_it_works() -> None:
    """An expander with what the map computes, and where it comes from."""
    with st.expander("How it works", icon=":material/function:"):
        st.markdown(TEXT)
