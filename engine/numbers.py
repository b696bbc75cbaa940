"""Numbers as people read them, the same on the screen, in sentences and in tables."""

import math


def short(value: float, digits: int = 4) -> str:
    """A number in few characters: ``1e-6``, ``8.923e-5``, ``0.25``, ``12000``, ``nan``.

    Args:
        value: Any number.
        digits: Significant ones at most.
    """
    text = f"{value:.{digits}g}"
    if "e" not in text and 0 < abs(value) < 1e-3:
        text = f"{value:.{digits - 1}e}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{int(float(f'{mantissa}e{exponent}'))}" if 0 < int(exponent) < 7 else f"{mantissa}e{int(exponent)}"


def duration(seconds: float | None) -> str:
    """Seconds as ``41s``, ``3m12s``, ``3h12m``; a dash where there is none."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f}s" if seconds < 10 else f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
