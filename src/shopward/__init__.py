"""Shopward: every field of customer data has a lock, a reason and a receipt."""
