"""What the browser runs: a folder for each component, view and script side by side.

engine   decodes codes in the browser
kit      hands, small parts and words that components share
charts   figures drawn by Plotly
"""
