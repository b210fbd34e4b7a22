"""Figures drawn by Plotly."""
