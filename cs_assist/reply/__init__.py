"""Write: how this market would say it."""
