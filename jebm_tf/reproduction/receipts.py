"""What each number of a table depends on, from the receipts and protocols of its answers."""

from collections.abc import Mapping
from typing import Any

from jebm_tf.reproduction.cells import Found
from jebm_tf.reproduction.plan import TRAINING, Table

_LONGEST = 45  # characters; longer texts of a protocol explain what a task always does


def of_trainings(table: Table, found: Found) -> list[dict[str, str]]:
    """A line for each training: seed, steps, time, machine, how often it went back, code."""
    lines = []
    for experiment in table.experiments:
        training = experiment.training
        findings = found.get(training.name)
        own = findings.answers.get(TRAINING) if findings else None
        if own is None or findings is None:
            continue
        receipt, seconds = own["receipt"], own["numbers"]["seconds_per_step"]
        commits = {a["receipt"].get("git_commit") for n, a in findings.answers.items() if n != TRAINING}
        lines.append(
            {
                "run": training.name,
                "seed": str(training.seed),
                "steps": f"{receipt['step']:,}",
                "seconds per step": "–" if seconds is None else f"{seconds:.3g}",
                "went back": f"{receipt['rollbacks']} times" if receipt["rollbacks"] else "never",
                "machine": str(receipt["machine"]),
                "code": ", ".join(sorted((commit or "no checkout")[:12] for commit in commits)) or "–",
            }
        )
    return lines


def of_answers(found: Found) -> dict[str, list[str]]:
    """Names of trainings by task and protocol, so that what is the same is said once."""
    groups: dict[str, list[str]] = {}
    for training, findings in found.items():
        for name, answer in findings.answers.items():
            if name != TRAINING:
                groups.setdefault(f"{answer['task']}: {_facts(answer)}", []).append(training)
    return groups


def _facts(answer: Mapping[str, Any]) -> str:
    facts = [*_flat(answer["protocol"]), *_flat({"settings": answer["receipt"].get("settings_over_the_run", [])})]
    share = answer["numbers"].get("share_of_anomalies")
    if share is not None:
        facts.insert(0, f"share of anomalies {100 * share:.1f} %")
    devices = answer["receipt"].get("devices", [])
    return "; ".join([*facts, f"on {', '.join(devices)}"] if devices else facts)


def _flat(protocol: Mapping[str, Any]) -> list[str]:
    """A protocol in words, without what is longer than a line."""
    facts = []
    for key, value in protocol.items():
        name = key.replace("_", " ")
        if isinstance(value, Mapping):
            known = [f"{part} {value[part]}" for part in ("number", "resizing") if part in value]
            facts.append(f"{name} {value.get('source', value.get('name', '?'))} ({', '.join(known)})")
        elif isinstance(value, list):
            facts.append(f"{name} {', '.join(map(str, value)) or 'none'}")
        elif len(str(value)) <= _LONGEST:
            facts.append(f"{name} {value}")
    return facts
