"""What faults ask of a Toxiproxy."""
