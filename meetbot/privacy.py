"""Nothing leaves the machine. Imported before any model library; importing it is what does the work.

Each library below reads its variable when it is imported, so a later setting would come too late.
The values are set whatever the user's shell says: a developer's LANGSMITH_TRACING=true must not
upload a meeting (langsmith turns tracing on from the environment alone), and pyannote.audio 4 reports
recording lengths and speaker counts to its maker unless told otherwise.
"""

import os
import warnings

SILENCE = {
    "PYANNOTE_METRICS_ENABLED": "0",
    "OTEL_SDK_DISABLED": "true",
    "LANGSMITH_TRACING": "false",
    "LANGSMITH_TRACING_V2": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGCHAIN_TRACING": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "false",
    # The hub libraries look for newer files at every load unless told not to; a pull lifts this for itself.
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}

os.environ.update(SILENCE)

# torchcodec looks for a system FFmpeg at import; meetbot decodes with PyAV and hands waveforms over in memory.
warnings.filterwarnings("ignore", message=r"[\s\S]*torchcodec is not installed correctly")
