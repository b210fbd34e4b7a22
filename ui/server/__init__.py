"""What the server answers beside Streamlit's own, and who asks it."""
