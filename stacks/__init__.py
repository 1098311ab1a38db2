"""One thin program per platform: config in, component, exports."""
