"""What happens beside learning: scalars, snapshots, checkpoints, progress. None of it changes a run's numbers."""
