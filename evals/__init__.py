"""What is measured, how, and the committed results."""
