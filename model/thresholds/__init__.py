"""Threshold calibration: pure functions on numpy arrays; no torch, no Lightning.

Training needs no thresholds; inference filters three times: mentions, coreference, relations (paper B.1). Everything
here works on what a validation pass can record once, so that thresholds are searched without running the network again.

**What validation must give** – the protocol :class:`~model.thresholds.evaluator.Evaluator`:

* ``bounds`` – :class:`~model.thresholds.thresholds.Bounds`: the lowest and highest thresholds it can answer for (where
  it caps candidates or drops scores below a floor, that is the low bound).
* ``n_documents`` – D; documents are numbered 0 … D-1 in every record.
* ``mention_scores()`` – :class:`~model.thresholds.candidates.MentionScores`: every candidate span with its score,
  whether it is a gold mention, its document; gold mentions per document, unreachable ones (too long) included.
* ``coref_scores(mention)`` – scores at which clusters can change when mentions are kept at ``mention``: merge heights
  of the linkage where known, else pair scores; any order, repeats allowed. They only place search grids.
* ``relation_candidates(mention, coref)`` – :class:`~model.thresholds.candidates.RelationCandidates`: all (entity pair,
  relation type) scored at or above ``bounds.relation[0]``, for mentions kept at ``mention`` and clustered at
  ``coref``, each with whether it equals a gold relation *with exact clusters and both entity types* (``rel_nec``);
  gold relations per document and type, unreachable ones included. Wrap the evaluator in
  :class:`~model.thresholds.evaluator.CachedEvaluator`.

**Conventions.** Scores are float32 in [0, 1], as the network gives them. A thing is kept where ``float32(score) >=
float32(threshold)``: what torch does when it compares a float32 tensor with a Python number. F1 is in percent, 0..100,
as in :mod:`model.evaluation.scores`. Micro averages sum the counts of all classes. A relation threshold is one number,
or one for each class.

**Where to look.** ``thresholds`` (the values), ``candidates`` (records and F1), ``cuts`` (best cut by one sort),
``scut`` (mentions), ``hill_climb`` and ``per_class`` (the paper's search), ``exact`` and ``exact_search`` (ours),
``policy`` (what moves when), ``epoch`` (during training), ``calibrate`` (after it; records in ``calibration``),
``reading`` (scores of every task), ``cross_fit`` (honest figures), ``nha`` (top-k instead of thresholds).
"""
