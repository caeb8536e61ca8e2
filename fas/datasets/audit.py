"""What can spoil a number before any training: equal captures, people on both sides of a protocol, one person under two names."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from fas.datasets.protocols import PROTOCOLS, protocol
from fas.errors import UserError


def duplicates(manifests: pd.DataFrame) -> pd.DataFrame:
    """Captures with equal bytes: one row per content that occurs more than once, those in several splits first.

    Returns:
        content, copies, splits (`dataset/split`, sorted), labels, clips (`dataset/clip`): the last three joined by `, `.
    """
    repeated = manifests[(manifests["content"] != "") & manifests.duplicated("content", keep=False)]
    rows = [
        {
            "content": content,
            "copies": len(group),
            "splits": _joined(group["dataset"] + "/" + group["split"]),
            "labels": _joined(group["label"]),
            "clips": _joined(group["dataset"] + "/" + group["clip"]),
        }
        for content, group in repeated.groupby("content", sort=True)
    ]
    table = pd.DataFrame(rows, columns=["content", "copies", "splits", "labels", "clips"])
    across = table["splits"].str.contains(", ")
    return pd.concat([table[across], table[~across]], ignore_index=True)


def _joined(values: pd.Series) -> str:
    return ", ".join(sorted(values.unique()))


def shared_people(manifests: pd.DataFrame, letters: Mapping[str, str], adapters: Mapping[str, str]) -> pd.DataFrame:
    """People with clips in more than one role of a protocol, for every protocol that the manifests suffice for.

    A capture without a subject is nobody's.

    Returns:
        protocol, dataset, subject, roles (joined by `, `), clips (how many).
    """
    known = manifests[manifests["subject"] != ""]
    people = known.set_index(["dataset", "clip"]).index
    subjects = pd.Series(known["subject"].to_numpy(), index=people)
    rows: list[dict[str, object]] = []
    for name, roles in _computable(manifests, letters, adapters):
        mine = roles[pd.MultiIndex.from_frame(roles[["dataset", "clip"]]).isin(people)]
        named = mine.assign(subject=subjects.loc[pd.MultiIndex.from_frame(mine[["dataset", "clip"]])].to_numpy())
        for (dataset, subject), group in named.groupby(["dataset", "subject"], sort=True):
            if group["role"].nunique() > 1:
                rows.append(
                    {"protocol": name, "dataset": dataset, "subject": subject, "roles": _joined(group["role"]), "clips": len(group)}
                )
    return pd.DataFrame(rows, columns=["protocol", "dataset", "subject", "roles", "clips"])


def _computable(manifests: pd.DataFrame, letters: Mapping[str, str], adapters: Mapping[str, str]) -> Iterator[tuple[str, pd.DataFrame]]:
    for name in PROTOCOLS:
        try:
            yield name, protocol(name, manifests, letters, adapters)
        except UserError:  # a dataset of it is not among the manifests
            continue


def lookalikes(embeddings: pd.DataFrame, manifests: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Pairs of different people whose mean identity embeddings are nearer than `threshold`, the nearest first.

    Args:
        embeddings: dataset, clip, embedding (unit norm), as the identity stage writes them.
        threshold: cosine similarity in [-1, 1].

    Returns:
        similarity, first, second (`dataset/subject`).
    """
    named = embeddings.merge(manifests[manifests["subject"] != ""][["dataset", "clip", "subject"]], on=["dataset", "clip"])
    if named.empty:
        return pd.DataFrame(columns=["similarity", "first", "second"])
    groups = named.groupby(named["dataset"] + "/" + named["subject"], sort=True)["embedding"]
    names = np.array(list(groups.groups))
    means = np.stack([np.mean(np.stack(list(group)), axis=0, dtype=np.float64) for _, group in groups])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    similarity = means @ means.T
    first, second = np.nonzero(np.triu(similarity >= threshold, k=1))
    pairs = pd.DataFrame({"similarity": similarity[first, second], "first": names[first], "second": names[second]})
    return pairs.sort_values(["similarity", "first", "second"], ascending=[False, True, True], ignore_index=True)
