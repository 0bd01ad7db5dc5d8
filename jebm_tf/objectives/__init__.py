"""What is maximised: named per-example terms of given samples. No sampling and no gradients here."""
