"""What faults ask of a cluster."""
