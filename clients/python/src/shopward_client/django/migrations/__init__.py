"""The app's own table."""
