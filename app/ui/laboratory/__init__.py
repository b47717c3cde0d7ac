"""The laboratory: lessons, and what one can try out, measure and give back."""
