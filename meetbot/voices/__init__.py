"""Voices that are remembered: who a speaker of this meeting is, from those of earlier ones.

Profiles and voice vectors in, names with their certainty out; the transcript's words stay as they are. Profiles are
biometric data: one local file, readable by its owner alone, from which `forget` removes every trace of a person.
"""

VERSION = "1"
"""Bumped when the same voices and profiles give other names."""
