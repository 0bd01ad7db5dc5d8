"""The paper's tables, from runs to numbers: plans, what carries them out, and what is written."""
