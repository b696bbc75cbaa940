"""What the joint model says of itself to whoever steers it; importing this loads nothing.

The keys are those of `engine.objectives.declaration`, which is not imported: a mapping crosses the seam.
"""

OBJECTIVE = {
    "target": "model.objective:JointExtraction",
    "summary": "Joint entity and relation extraction from documents (JEREX-L)",
    "declaration": {
        "unit": "document",
        "units": "documents",
        "units_short": "docs",
        "metrics": [
            {"name": "mention_f1_micro", "unit": "%", "direction": "maximize", "head": "MENT"},
            {"name": "coref_f1_micro", "unit": "%", "direction": "maximize", "head": "COREF"},
        ],
        "views": ["examples", "thresholds"],
        "label_flags": ["asl", "dtl", "pos"],
    },
}
"""Entry of the registry of objectives."""
