"""How the shipped model and heads are made, from public base weights and labelled messages."""
