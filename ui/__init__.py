"""The app: pages in rooms, and what they share. No maths, no Keras.

explore, map, morph, concepts, train   a room a page
pictures     where a picture comes from
components   what the browser runs, a folder each
jobs         long work in the background, downloads
server       routes beside Streamlit's own, visitors
frame        what stands round every page
visit        the state of a visit
words        what people read
"""
