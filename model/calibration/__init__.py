"""Thresholds of a trained network: what :mod:`model.thresholds` searches on, and where training and commands use it.

``evaluator`` answers for any thresholds after reading the documents once (``truth``, ``record`` and ``memo`` are its
parts, ``documents`` reads them). ``fit`` tunes at the end of an epoch and remembers the best one, ``phase`` calibrates
after training (Algorithm 2), ``counts`` keeps N highest activations instead, ``openings`` counts looks at the test
split.
"""
