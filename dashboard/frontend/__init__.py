"""What a browser loads of Streamlit before it shows anything: compressed, and in our words."""
