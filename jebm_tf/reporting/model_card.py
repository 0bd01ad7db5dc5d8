"""What model an export is: its data, settings and measured numbers, as Markdown."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jebm_tf.reporting.answers import in_folder, read_json

SAMPLES = "samples.png"  # beside the card


def text(run_dir: Path, step: int, settings: Sequence[str] = (), *, averaged: bool = False) -> str:
    """The card of a run's weights of one step, from what lies in its directory.

    Args:
      run_dir: of the run.
      step: of the weights.
      settings: what was set over the run's own settings.
      averaged: whether weights are averages over training.
    """
    config = run_dir / "config.gin"
    over = "".join(f"- with `{setting}`\n" for setting in settings)
    kind = "averages over training" if averaged else "as they were"
    return f"""## This model

![samples]({SAMPLES})

- weights of step {step:,}, {kind}
{over}{_data(run_dir)}
### Measured

{_measured(run_dir, step)}
### Limits

Samples and scores hold for images like those above, cut and scaled in the same way. `log_joint` leaves out a constant
that belongs to this model: it ranks images of one model, and must not be compared between models. An image with a low
score is unlike the images of training, which is not the same as wrong.

### Settings

```
{config.read_text(encoding="utf-8").strip() if config.is_file() else ""}
```
"""


def _data(run_dir: Path) -> str:
    found = read_json(run_dir / "data.json")
    if not isinstance(found, dict):
        return "- images: not recorded\n"
    return (
        f"- {found.get('number'):,} images: {found.get('source')}\n- SHA-256 of their pixels: {found.get('sha256')}\n"
    )


def _measured(run_dir: Path, step: int) -> str:
    """The numbers of every evaluation of these weights that the run directory has."""
    answers = in_folder(run_dir / "evaluation" / f"step_{step:08d}")
    rows = [row for answer in answers.values() for row in _rows(answer)]
    if not rows:
        return "No evaluation of this step is in the run directory.\n"
    return "| task | number | value | measured on |\n| --- | --- | --- | --- |\n" + "".join(rows)


def _rows(answer: dict[str, Any]) -> list[str]:
    protocol, receipt = answer.get("protocol", {}), answer.get("receipt", {})
    images = protocol.get("reference") or protocol.get("images") or {}
    parts = [f"{protocol['samples']:,} samples" if isinstance(protocol.get("samples"), int) else ""]
    parts += [f"{images['number']:,} of {images['source']}" if isinstance(images, dict) and "number" in images else ""]
    parts += [f"seed {receipt['seed']}" if "seed" in receipt else ""]
    basis = ", ".join(part for part in parts if part)
    return [
        f"| {answer['task']} | {name} | {value:.6g} | {basis} |\n"
        for name, value in answer.get("numbers", {}).items()
        if isinstance(value, int | float)
    ]
