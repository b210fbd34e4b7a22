"""The morph page: pictures to travel between, the ways there, and what to take along.

view      the whole: ends, film or sheet, what to do next
tray      the ends as cards, each beside its original
ends      which they are, and how they change
films     the four ways between the ends, worked out when they are asked for
sheet     the sheet between four corners
saving    films, strips, codes and the link
"""
