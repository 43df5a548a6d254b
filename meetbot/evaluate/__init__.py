"""How good it is: pure scorers from a reference and what was found, and how their errors are pooled.

Words (WER, CER, cpWER, tcpWER, WDER), turns (DER, JER), times, retrieval and ROUGE. Nothing here runs a stage:
the command line does, and hands over what came out.
"""
