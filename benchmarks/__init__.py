"""Speed, scale and calibration, each against a peer or a truth; not tests."""
