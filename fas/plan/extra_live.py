"""Additional live faces of a training (paper 001, Table 3): which datasets may give them, told in one line where one may not."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fas.errors import UserError
from fas.params import BaseParams


def checked(
    datasets: Sequence[str], where: str, collection: str, protocol: set[str], params: BaseParams, manifests: Mapping[str, pd.DataFrame]
) -> tuple[str, ...]:
    """The datasets, each once. A dataset whose manifest is not there yet is no error: `absent` gives the reason.

    Args:
        where: names the parameter for the reader of an error.
        collection: of the run: real and simulated faces are never trained on together.
        protocol: the datasets that play a part in the run's protocol: its test people would train.

    Raises:
        UserError: an unknown dataset, one of the other collection, one of the protocol's own, or one without live clips.
    """
    for name in datasets:
        if name not in params.datasets:
            raise UserError(f"{where}: unknown dataset '{name}' (datasets has: {', '.join(params.datasets)})")
        if params.datasets[name].collection != collection:
            raise UserError(f"{where}: dataset '{name}' is {params.datasets[name].collection}, the run's data is {collection}")
        if name in protocol:
            raise UserError(f"{where}: dataset '{name}' is part of the protocol itself: people it is tested on would train")
        if name in manifests and not (manifests[name]["label"] == "live").any():
            raise UserError(f"{where}: dataset '{name}' has no live clip")
    return tuple(dict.fromkeys(datasets))


def absent(datasets: Sequence[str], params: BaseParams, manifests: Mapping[str, pd.DataFrame]) -> str:
    """Why a run with these additional datasets cannot be made now; empty when it can."""
    for name in datasets:
        if name not in manifests:
            dataset = params.datasets[name]
            how = "the simulate stage makes it" if dataset.collection == "simulated" else f"fas scan {dataset.adapter} ROOT --name {name}"
            return f"extra_live: no manifest of dataset '{name}' yet ({how})"
    return ""
