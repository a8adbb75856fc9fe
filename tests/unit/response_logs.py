"""Small simulated response logs."""

import gzip
from pathlib import Path
from random import Random

HEADER = "user_id\titem_id\ttimestamp\tcorrect\tskills\n"


def simulated(seed: int, learners: int, length: int, *, clock: bool = False) -> list[str]:
    """Lines of a log: able and less able learners on thirty items, some harder, of four skills."""
    rng = Random(seed)
    lines = []
    for learner in range(learners):
        ability = rng.gauss(0.5, 1.0)
        for step in range(length):
            item = rng.randrange(30)
            right = rng.random() < 1 / (1 + 2.718281828 ** (item / 10 - 1.5 - ability))
            time = 1000 * learner + 40 * step if clock else 0
            lines.append(f"{seed}-{learner}\t{item}\t{time}\t{int(right)}\t{item % 4}\n")
    return lines


def written(path: Path, lines: list[str], header: str = HEADER) -> Path:
    """The log at `path`, packed where its name ends in .gz."""
    text = (header + "".join(lines)).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path
