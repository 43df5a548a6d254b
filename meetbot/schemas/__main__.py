"""Writes the schemas again: `python -m meetbot.schemas`."""

import json

from meetbot import schemas

for name in schemas.KINDS:
    text = json.dumps(schemas.document(name), indent=1, ensure_ascii=False)
    schemas.path(name).write_text(text + "\n", encoding="utf-8")
