"""A record as a table for a terminal."""

from collections.abc import Iterator, Sequence

from jebm_tf.benchmark.comparison import Ratio
from jebm_tf.benchmark.peaks import DTYPES
from jebm_tf.benchmark.record import Record


def lines(record: Record) -> Iterator[str]:
    """The machine, its peaks, and each item's time, share of the peak and memory."""
    machine, work = record["machine"], record["work"]
    yield f"{machine['cpu']}, {machine['cores_allowed']} of {machine['cores']} cores; load {machine['load_before']}"
    yield from (f"GPU: {name}" for name in machine["gpus"])
    size = "x".join(map(str, work["image_shape"]))
    yield f"{work['trainer']}, batch {work['batch']}, images {size}, latents {', '.join(map(str, work['latents']))}"
    yield ""
    yield from _table(["peak", "shapes", *(f"{dtype}, Gflop/s" for dtype in DTYPES)], list(_peak_rows(record)))
    yield ""
    heads = ["item", "time", "quartiles", "per image", "cores", "Gflop", "Gflop/s", "of peak", "by processor", "memory"]
    yield from _table(heads, [_item_row(name, item) for name, item in record["items"].items() if "median" in item])
    for name, item in record["items"].items():
        if "skipped" in item:
            yield f"{name}: skipped: {item['skipped']}"
    yield from _scaling_lines(record.get("scaling", {}))
    yield ""
    yield f"median and quartiles of {record['repeats']} calls after warm-up, on random images of the model's shape"
    yield "of peak: the time at the fastest float32 products above, over the median; by processor: the same of seconds"
    yield "in which the process computed, not of those on the clock: look there where other work leaves it few cores"
    yield f"memory: {record['memory']}"
    if record["uncounted"]:
        yield f"not counted: products within {', '.join(record['uncounted'])}"


def ratio_lines(found: Sequence[Ratio], source: str) -> Iterator[str]:
    """Ratios to an earlier record."""
    rows = [[r.name, f"{r.median:.3f}", f"{r.low:.3f} to {r.high:.3f}"] for r in found]
    yield from _table(["item", f"time / {source}'s", "by quartiles"], rows)


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds / size < 1000 else f"{seconds / size:.0f} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def _peak_rows(record: Record) -> Iterator[list[str]]:
    by_product: dict[tuple[str, str], dict[str, float]] = {}
    for peak in record["peaks"]:
        by_product.setdefault((peak["kind"], peak["shapes"]), {})[peak["dtype"]] = peak["flops_per_second"]
    for (kind, shapes), rates in by_product.items():
        yield [kind, shapes, *(f"{rates[dtype] / 1e9:.1f}" if rates.get(dtype) else "cannot" for dtype in DTYPES)]


def _item_row(name: str, item: Record) -> list[str]:
    low, high = item["quartiles"]
    flops = sum(item["flops"].values()) if item["flops"] else None
    return [
        name,
        duration(item["median"]),
        f"{duration(low)} to {duration(high)}",
        duration(item["median"] / item["images"]),
        f"{item['cores']:.2f}",
        f"{flops / 1e9:.3g}" if flops else "-",
        f"{flops / item['median'] / 1e9:.3g}" if flops else "-",
        *(
            f"{100 * item[share]:.0f} %" if item[share] else "-"
            for share in ("share_of_peak", "processor_share_of_peak")
        ),
        f"{item['peak_bytes'] / 2**20:.0f} MiB" if item["peak_bytes"] else "-",
    ]


def _scaling_lines(scaling: Record) -> Iterator[str]:
    rows = []
    for variable, found in scaling.items():
        for name, row in found.get("chains", {}).items():
            seconds = ", ".join(duration(times["median"]) for times in row["times"])
            values = ", ".join(f"{value:g}" for value in found["values"])
            memory = ", ".join(f"{number / 2**20:.0f}" for number in row["peak_bytes"] if number)
            rows.append(
                [variable, name, values, seconds, f"{row['slope']:.2f}", f"{row['processor_slope']:.2f}", memory or "-"]
            )
    if rows:
        yield ""
        yield from _table(["cost against", "of", "values", "time", "slope", "by processor", "memory, MiB"], rows)
    for variable, found in scaling.items():
        if "skipped" in found:
            yield f"{variable}: skipped: {found['skipped']}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as they must be; the first two to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    left = [all(not cell[:1].isdigit() for row in rows for cell in row[i : i + 1]) for i in range(len(heads))]
    for row in (heads, *rows):
        cells = (
            f"{cell:<{width}}" if to_left else f"{cell:>{width}}"
            for cell, width, to_left in zip(row, widths, left, strict=True)
        )
        yield "  ".join(cells).rstrip()
