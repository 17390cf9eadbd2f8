"""What `bench/cost.py` measures, and with what it is compared."""
