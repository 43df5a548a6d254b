"""Training of drafters: speech without text in, small networks that guess what the model will write out.

`listen` lets the target transcribe, `train` teaches a drafter from that, `transcribe.drafters` uses it. The target
itself is never changed, so nothing here can change a text.
"""
