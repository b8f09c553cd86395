"""What each market expects, as data, and its clocks."""
