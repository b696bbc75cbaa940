"""The paper's Table 2: sixteen configurations at three stages, score and printed rank."""

STAGES = ("1E", "Warm", "25E+Cal")

ROWS = {
    "Long-DTL LR0-L2": ((22.21, 6), (36.91, 1), (49.64, 1)),
    "Long-DTL GLOBAL": ((18.12, 12), (34.35, 10), (49.63, 2)),
    "Long GLOBAL": ((20.64, 9), (33.77, 11), (48.65, 3)),
    "Bert-DTL-POS LR0-L2": ((13.11, 15), (36.53, 2), (48.14, 4)),
    "Bert GLOBAL": ((23.11, 4), (31.92, 15), (48.00, 5)),
    "Bert-ASL LR0-L2": ((19.13, 10), (34.95, 7), (47.91, 6)),
    "Bert-POS LR0-L2": ((24.19, 2), (35.47, 6), (47.84, 7)),
    "Bert-ASL-POS GLOBAL": ((27.15, 1), (35.80, 4), (47.79, 8)),
    "Long LR0-L2": ((21.58, 8), (35.78, 5), (47.62, 9)),
    "Bert-DTL LR0-L2": ((21.61, 7), (36.08, 3), (47.34, 10)),
    "Bert LR0-L2": ((15.81, 14), (34.90, 8), (46.64, 11)),
    "Bert-DTL-POS GLOBAL": ((13.09, 16), (32.47, 13), (46.64, 11)),
    "Bert-ASL GLOBAL": ((22.90, 5), (34.51, 9), (46.50, 13)),
    "Bert-POS GLOBAL": ((23.71, 3), (33.39, 12), (46.48, 14)),
    "Bert-DTL GLOBAL": ((18.24, 11), (32.42, 14), (46.29, 15)),
    "Bert-ASL-POS LR0-L2": ((17.41, 13), (30.85, 16), (46.13, 16)),
}


def scores() -> dict[str, dict[str, float]]:
    return {stage: {name: row[i][0] for name, row in ROWS.items()} for i, stage in enumerate(STAGES)}


def printed_ranks() -> dict[str, dict[str, int]]:
    return {stage: {name: row[i][1] for name, row in ROWS.items()} for i, stage in enumerate(STAGES)}
