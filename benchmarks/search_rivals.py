"""The search benchmark's rivals: the whole budget at full fidelity, or under Optuna's Hyperband."""

from typing import Any

from search_sprints import Outcome, Sizes, run_trial, sprint
from search_tasks import MAX_EPOCHS

from engine.trials.trial import ranked


def full_only(task, seed: int, sizes: Sizes, sampler: str) -> Outcome:
    """The whole budget at full fidelity, through one of the engine's samplers."""
    n = int(sizes.budget // MAX_EPOCHS)
    n_random = n if sampler == "random" else min(4, n // 3)
    trials = sprint(
        task, task.space, sampler=sampler, n=n, n_random=n_random, train_parts=1, epochs=MAX_EPOCHS, seed=seed * 10 + 4
    )
    return Outcome(ranked(trials)[0].params, n * MAX_EPOCHS, n, [], [(dict(t.params), t.score) for t in trials])


def skopt_alone(task, seed: int, sizes: Sizes) -> Outcome:
    """`gp_minimize` as anybody would call it, at full fidelity."""
    import warnings

    from skopt import gp_minimize
    from skopt.space import Integer, Real

    space, n = task.space, int(sizes.budget // MAX_EPOCHS)
    made = [
        (Real if d.kind == "float" else Integer)(*(d.bounds), prior="log-uniform" if d.log else "uniform", name=d.name)
        for d in space
    ]
    seen: list[tuple[dict[str, Any], float]] = []

    def loss(point) -> float:
        params = dict(zip(space.names, point, strict=True))
        score = run_trial(task, params, train_parts=1, epochs=MAX_EPOCHS, number=len(seen), seed=seed * 10 + 5)
        seen.append((params, score))
        return -score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gp_minimize(loss, made, n_calls=n, n_initial_points=min(5, n // 2), random_state=seed)
    return Outcome(max(seen, key=lambda s: s[1])[0], n * MAX_EPOCHS, n, [], seen)


def tpe_hyperband(task, seed: int, sizes: Sizes) -> Outcome:
    """Optuna's TPE and Hyperband, all data, epochs as the resource, until the budget is spent."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=4, multivariate=True)
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=MAX_EPOCHS, reduction_factor=3)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner, study_name=f"bench{seed}")
    cost, seen = 0, []
    while cost < sizes.budget:
        trial = study.ask()
        params = {}
        for d in task.space:
            ask = trial.suggest_float if d.kind == "float" else trial.suggest_int
            low, high = d.bounds if d.kind == "float" else (int(d.bounds[0]), int(d.bounds[1]))
            params[d.name] = ask(d.name, low, high, log=d.log)
        score, pruned = 0.0, False
        for epoch, value in enumerate(task.train(params, train_parts=1, number=trial.number, seed=seed * 10 + 6), 1):
            score, cost = value, cost + 1
            trial.report(value, epoch)
            if pruned := (trial.should_prune() and epoch < MAX_EPOCHS):
                break
            if cost >= sizes.budget:
                pruned = epoch < MAX_EPOCHS
                break
        study.tell(trial, None if pruned else score, state=optuna.trial.TrialState.PRUNED if pruned else None)
        seen.append((params, score, pruned))
    whole = [s for s in seen if not s[2]] or seen
    return Outcome(max(whole, key=lambda s: s[1])[0], cost, len(whole), [], [(p, s) for p, s, _ in whole])
