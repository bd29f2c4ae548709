"""The table of the study, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.study.shop import Outcome

HEAD = """\
# Time windows against provenance

The same edits and the same delays of hooks through the time windows of the known bridges and through the core of this
project. `make study` writes this page and its picture anew: {seeds} runs of every cell, seeds {first} to {last}; the
same seeds give the same page. Two systems, {records} records of two fields, people who edit in both. A hook comes after
the delay given, give or take half of it; a write takes 150 ms. The windows are taken kindly: the key is set in the
moment of the write, in both directions, and is never evicted. What became of the edits is read off the two systems, 20
delays and two minutes after the last one; the loops of the windows have no end and are counted until then.

- **loop writes**: writes, for each edit, that told their system nothing it had not held before.
- **edits missing**: edits that do not stand in both systems at the end though nobody who saw them put something else in
  their place, and that are kept nowhere. What provenance misses was typed into a field while a write to that very field
  was on its way, after the read that comes before every write: none of these systems has a compare-and-set.
- **fields apart**: fields that differ between the systems at the end.
- **kept**: values that lost against a concurrent one and are kept, with both sides, for a person to see. A window keeps
  none.

![Loop writes, missing edits and fields apart by delay](study.svg)

"""


def tabulate(results: Mapping[tuple[str, float, float], Outcome], seeds: Sequence[int], records: int) -> str:
    """All cells, by rate, delay and bridge."""
    lines = [HEAD.format(seeds=len(seeds), first=seeds[0], last=seeds[-1], records=records)]
    for rate in sorted({rate for _, _, rate in results}):
        lines += [f"## {rate:g} edit{'s' if rate != 1 else ''} a minute", ""]
        lines += ["| delay of hooks | bridge | loop writes per edit | edits missing | fields apart | kept |"]
        lines += ["|---:|---|---:|---:|---:|---:|"]
        for (bridge, delay, at), each in sorted(results.items(), key=lambda item: item[0][1]):
            if at == rate:
                lines.append(f"| {spoken(delay)} | {bridge} | {' | '.join(_cells(each))} |")
        lines.append("")
    return "\n".join(lines)


def spoken(seconds: float) -> str:
    """A delay as people say it: 0.5 s, 5 min, 1 h."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _cells(each: Outcome) -> list[str]:
    missing, apart = each.missing / each.edits, each.diverged / each.fields
    return [f"{each.loops / each.edits:.2f}", f"{missing:.1%}", f"{apart:.1%}", f"{each.kept / each.edits:.1%}"]
