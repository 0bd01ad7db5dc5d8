"""How fast a run's parts are on the machine at hand, against what its arithmetic allows."""
