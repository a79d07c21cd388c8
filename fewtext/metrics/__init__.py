"""How right answers are, how certain that is, and calibration."""
