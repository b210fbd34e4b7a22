"""The concepts page: directions that change one thing, found, used and added up.

view         the whole: which part is open, and what there is to say in two dimensions
known        the concepts of a model: those that ship and the visitor's own
base         the picture that concepts are put into
desk         sliders of strength, on one picture or on a gallery
plane        two concepts on a pad
arithmetic   the line of pictures, concepts and numbers, and what it comes to
making       a concept from pictures with and without
sides        where these pictures come from
trays        pictures chosen by hand
figures      what a concept is worth
mine         the visitor's own: rename, take away, bring back
"""
