"""One file per evaluation task of the paper; each returns numbers and pictures, and writes none."""
