"""How far a file has been sent, so that sending it again goes on where it ended.

The journal is only a saving: statements have ids of their own, and whatever is sent twice is an equal duplicate.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = "transfers"


@dataclass(slots=True)
class Journal:
    """`through` is the number of batches that are all done, counted from the file's start; `last` the id of the last
    statement in them."""

    path: Path
    through: int = 0
    last: str = ""
    _beyond: dict[int, str] = field(default_factory=dict)

    @classmethod
    def open(cls, data_dir: Path, source: Path, *conditions: object) -> "Journal":
        """The journal of sending this content under these conditions (endpoint, batch size, …)."""
        with source.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        name = hashlib.sha256(repr((content, *conditions)).encode()).hexdigest()[:32]
        journal = cls(data_dir / FOLDER / f"{name}.json")
        try:
            noted = json.loads(journal.path.read_text(encoding="utf-8"))
            journal.through, journal.last = int(noted["through"]), str(noted["last"])
        except (OSError, ValueError, KeyError, TypeError):
            journal.through, journal.last = 0, ""
        return journal

    def done(self, number: int, last: str) -> None:
        """Note batch `number`, which ends with statement `last`; the file moves on when all before it are done too."""
        self._beyond[number] = last
        before = self.through
        while self.through in self._beyond:
            self.last = self._beyond.pop(self.through)
            self.through += 1
        if self.through > before:
            self._save()

    def forget(self) -> None:
        """Begin again: the endpoint no longer has what was sent, or the next run shall report every refusal."""
        self.through, self.last = 0, ""
        self._beyond.clear()
        self.path.unlink(missing_ok=True)

    def _save(self) -> None:
        """Replace the file whole. A folder that cannot be written costs the saving, not the sending."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps({"through": self.through, "last": self.last}), encoding="utf-8")
            fresh.replace(self.path)
        except OSError:
            return
