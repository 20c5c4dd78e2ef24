"""A chart is drawn once for all who look on, until what it shows changes."""

import functools
import pickle
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, ParamSpec

import plotly.graph_objects as go

from queries.records import dataclass

MOST_KEPT = 32  # figures of one kind: a few choices of a few viewers

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Arguments by their content: a data frame has no hash."""

    content: bytes
    arguments: tuple[Any, ...] = field(compare=False)
    named: Mapping[str, Any] = field(compare=False)


class _Finished(go.Figure):  # type: ignore[misc]  # Plotly has no types
    """A figure that nobody changes any more: it is written down once, not for every viewer."""

    _written: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        if self._written is None:
            self._written = super().to_dict()
        return self._written


def kept(chart: Callable[P, go.Figure]) -> Callable[P, go.Figure]:
    """Keep the last figures; whoever gets one must not change it.

    Plotly checks every property that is set: drawing takes a hundred times as long as telling
    that nothing has changed.
    """

    @functools.lru_cache(maxsize=MOST_KEPT)
    def drawn(asked: _Asked) -> go.Figure:
        return _Finished(chart(*asked.arguments, **asked.named))

    @functools.wraps(chart)
    def draw(*arguments: P.args, **named: P.kwargs) -> go.Figure:
        return drawn(_Asked(pickle.dumps((arguments, named)), arguments, named))

    return draw
