"""Teaching Whisper more: data prepared by its own rules (`prepare`), training (`run`), and a guard against harm.

    inputs ─ sources ─▶ Recording ─ rules, duplicates, spoken ─▶ Segment ─ data ─▶ a folder ─ train ─▶ a model

Needs the extra `train`. Nothing of the pipeline imports this.
"""

VERSION = "1"
