"""The people whose voices are known, and the file they are kept in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from meetbot import codec, paths
from meetbot.errors import UsageError
from meetbot.store import write_atomic

SAMPLES = 20
"""A profile keeps this many voice samples, the longest ones: more say nothing new and slow matching down."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One voice vector of unit length: how much clean speech it is from (seconds), and where it was heard."""

    vector: tuple[float, ...]
    seconds: float
    source: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A person and how they sound."""

    name: str
    samples: tuple[Sample, ...]

    @property
    def voice(self) -> tuple[float, ...]:
        """The mean of the samples, weighted by their length, of unit length."""
        sums = [0.0] * len(self.samples[0].vector)
        for sample in self.samples:
            for index, value in enumerate(sample.vector):
                sums[index] += value * sample.seconds
        length = math.sqrt(sum(value * value for value in sums)) or 1.0
        return tuple(value / length for value in sums)


@dataclass(frozen=True)
class Profiles:
    """Everybody who is known. `model` is the embedding the vectors are from: others cannot be compared with them."""

    people: tuple[Profile, ...] = ()
    model: str = "campplus"
    schema_version: int = field(default=1)

    def find(self, name: str) -> Profile:
        """The profile of `name`, whatever its capitals. Raises UsageError."""
        for person in self.people:
            if person.name.casefold() == name.strip().casefold():
                return person
        known = ", ".join(person.name for person in self.people) or "nobody"
        raise UsageError(f"No voice of {name!r} is known.", hint=f"Known: {known}.", kind="no_voice")

    def enrolled(self, name: str, samples: Sequence[Sample]) -> Profiles:
        """With `samples` added to `name`'s profile, which is made if there is none. A source is counted once."""
        name = " ".join(name.split())
        if not name or not samples:
            raise UsageError("A voice needs a name and at least one sample.")
        known = next((person for person in self.people if person.name.casefold() == name.casefold()), None)
        fresh = {sample.source for sample in samples}
        kept = [sample for sample in (known.samples if known else ()) if sample.source not in fresh]
        longest = sorted([*kept, *samples], key=lambda sample: -sample.seconds)[:SAMPLES]
        person = Profile(known.name if known else name, tuple(longest))
        return self._with(person, without=known)

    def forgotten(self, name: str) -> Profiles:
        """Without `name`. Raises UsageError when there is no such profile."""
        return self._with(None, without=self.find(name))

    def merged(self, name: str, other: str) -> Profiles:
        """With `other`'s samples given to `name`, and `other` gone. Raises UsageError."""
        kept, gone = self.find(name), self.find(other)
        if kept is gone:
            raise UsageError(f"{name!r} and {other!r} are the same person already.")
        return self.forgotten(gone.name).enrolled(kept.name, gone.samples)

    def renamed(self, name: str, new: str) -> Profiles:
        """With `name` called `new`. Raises UsageError when somebody else is called that."""
        known, new = self.find(name), " ".join(new.split())
        if not new or any(person is not known and person.name.casefold() == new.casefold() for person in self.people):
            raise UsageError(f"Somebody else is called {new!r}.", hint="`meetbot speakers merge` makes one of two.")
        return self._with(replace(known, name=new), without=known)

    def _with(self, person: Profile | None, *, without: Profile | None) -> Profiles:
        people = [other for other in self.people if other is not without]
        if person:
            people.append(person)
        return replace(self, people=tuple(sorted(people, key=lambda one: one.name.casefold())))


def default_path() -> Path:
    """Where profiles are kept."""
    return paths.data() / "voices.json"


def load(path: Path | None = None) -> Profiles:
    """The profiles in `path`; nobody when there is no file. Raises UsageError when it is not one of ours."""
    path = path or default_path()
    try:
        return codec.from_json(Profiles, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Profiles()
    except ValueError as error:
        raise UsageError(f"{path} holds no voice profiles.", hint="Move it away to start anew.") from error


def save(profiles: Profiles, path: Path | None = None) -> None:
    """Keep `profiles`, atomically, with mode 0600; with nobody left, the file itself is removed."""
    path = path or default_path()
    if profiles.people:
        write_atomic(path, codec.to_json(profiles))
    else:
        path.unlink(missing_ok=True)
