"""Live faces that a training takes from outside its run's protocol: additional ones (paper 001, Table 3), and those that a cue maker
learns from. One rule says which datasets may give them."""

from collections.abc import Mapping, Sequence, Set

import pandas as pd

from fas.datasets.registry import ADAPTERS
from fas.errors import UserError
from fas.params import BaseParams


def unfit(
    names: Sequence[str], where: str, collection: str, protocol: Set[str], params: BaseParams, manifests: Mapping[str, pd.DataFrame]
) -> str:
    """Why the datasets `names` cannot give live faces to a run now, in one line; empty when they can.

    A dataset must be there, be of the run's collection (simulated faces never train for real data, nor the other way round), play no part
    in the run's protocol (its people are tested) and have a live clip. The name of an adapter is a dataset that nobody added yet.

    Args:
        where: names the parameter for the reader.
        collection: of the run's data.
        protocol: the datasets that play a part in the run's protocol.

    Raises:
        UserError: a name that is neither a dataset of params.yaml nor one that fas could read.
    """
    told = [why for name in names if (why := _why(name, where, collection, protocol, params, manifests))]
    return f"{where}: {'; '.join(told)}" if told else ""


def _why(name: str, where: str, collection: str, protocol: Set[str], params: BaseParams, manifests: Mapping[str, pd.DataFrame]) -> str:
    if name not in params.datasets:
        if name not in ADAPTERS:
            raise UserError(f"{where}: unknown dataset '{name}' (datasets has: {', '.join(params.datasets)})")
        return f"dataset '{name}' is not in params.yaml (docs/running.md says how to add one)"
    dataset = params.datasets[name]
    if dataset.collection != collection:
        return f"dataset '{name}' is {dataset.collection} and does not train for {collection} data"
    if name in protocol:
        return f"dataset '{name}' is part of the protocol itself: people it is tested on would train"
    if name not in manifests:
        how = "the simulate stage makes it" if collection == "simulated" else f"fas scan {dataset.adapter} ROOT --name {name}"
        return f"no manifest of dataset '{name}' yet ({how})"
    return "" if (manifests[name]["label"] == "live").any() else f"dataset '{name}' has no live clip"
