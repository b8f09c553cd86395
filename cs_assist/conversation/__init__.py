"""Remember: what came before, and the packet for a person."""
