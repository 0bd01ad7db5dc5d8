"""One file per question that the paper asks of a trained model; each returns numbers and pictures, and writes none."""
