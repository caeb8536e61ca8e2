"""The state of a training on disk: written atomically, read without pickled code."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn
from torch.optim import Optimizer

from fas.files import write_atomic

Rows = list[dict[str, Any]]


class Stateful(Protocol):
    """Anything else with a state to keep (a gradient scaler)."""

    def state_dict(self) -> dict[str, Any]:
        """What is to be kept."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what `state_dict` gave."""
        ...


@dataclass(frozen=True)
class Checkpoint:
    """One file that is replaced at every save. `identity` says which training it is of: a file of another is ignored."""

    path: Path
    identity: Mapping[str, int]
    modules: Mapping[str, nn.Module]
    optimizers: Mapping[str, Optimizer]
    scaler: Stateful | None = None

    def save(self, done: int, rows: Rows) -> None:
        """Keep the state after `done` steps, and the history's rows."""
        state = {
            "identity": dict(self.identity),
            "done": done,
            "rows": rows,
            "modules": {name: module.state_dict() for name, module in self.modules.items()},
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()},
            "scaler": self.scaler.state_dict() if self.scaler else None,
        }
        write_atomic(self.path, lambda temporary: torch.save(state, temporary))

    def load(self) -> tuple[int, Rows]:
        """Restore modules and optimizers. Returns the steps done (0 without a file) and the history's rows so far."""
        if not self.path.is_file():
            return 0, []
        state = torch.load(self.path, map_location="cpu", weights_only=True)
        if state["identity"] != dict(self.identity):
            return 0, []
        for name, module in self.modules.items():
            module.load_state_dict(state["modules"][name])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        if self.scaler:
            self.scaler.load_state_dict(state["scaler"])
        return state["done"], state["rows"]
