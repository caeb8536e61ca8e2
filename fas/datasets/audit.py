"""What can spoil a number before any training: equal captures, people on both sides of a protocol, one person under two names."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fas.datasets.protocols import PROTOCOLS, protocol
from fas.errors import UserError

_BLOCK = 1024  # rows of the matrix of similarities at a time: thousands of people would need gigabytes at once


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


def checked(manifests: pd.DataFrame, letters: Mapping[str, str], adapters: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Protocol -> its `dataset, clip, role`, for every protocol that the manifests suffice for.

    Of several datasets with one adapter each has the adapter's protocols under its own name. A dataset that plays a part in no protocol
    has its splits for roles, as `splits of NAME`.
    """
    found: dict[str, pd.DataFrame] = {}
    datasets = sorted(manifests["dataset"].unique())
    for name in PROTOCOLS:
        if _add(found, name, manifests, letters, adapters):
            continue
        for dataset in datasets:
            adapter = adapters.get(dataset, "")
            if adapter and name.startswith(f"{adapter}-"):
                _add(found, f"{dataset}{name[len(adapter) :]}", manifests, letters, adapters)
    used = {dataset for roles in found.values() for dataset in roles["dataset"].unique()}
    for dataset in datasets:
        rows = manifests[(manifests["dataset"] == dataset) & (manifests["split"] != "")]
        if dataset not in used and len(rows):
            found[f"splits of {dataset}"] = rows[["dataset", "clip"]].assign(role=rows["split"])
    return found


def _add(
    found: dict[str, pd.DataFrame], name: str, manifests: pd.DataFrame, letters: Mapping[str, str], adapters: Mapping[str, str]
) -> bool:
    try:
        found[name] = protocol(name, manifests, letters, adapters)
    except UserError:  # a dataset of it is not among the manifests, or more than one is
        return False
    return True


def shared_people(manifests: pd.DataFrame, protocols: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """People with clips in more than one role of a protocol. A capture without a subject is nobody's.

    Args:
        protocols: protocol -> dataset, clip, role, as `checked` finds them.

    Returns:
        protocol, dataset, subject, roles (joined by `, `), clips (how many).
    """
    known = manifests[manifests["subject"] != ""]
    people = known.set_index(["dataset", "clip"]).index
    subjects = pd.Series(known["subject"].to_numpy(), index=people)
    rows: list[dict[str, object]] = []
    for name, roles in protocols.items():
        mine = roles[pd.MultiIndex.from_frame(roles[["dataset", "clip"]]).isin(people)]
        named = mine.assign(subject=subjects.loc[pd.MultiIndex.from_frame(mine[["dataset", "clip"]])].to_numpy())
        several = named[named.groupby(["dataset", "subject"])["role"].transform("nunique") > 1]
        for (dataset, subject), group in several.groupby(["dataset", "subject"], sort=True):
            rows.append({"protocol": name, "dataset": dataset, "subject": subject, "roles": _joined(group["role"]), "clips": len(group)})
    return pd.DataFrame(rows, columns=["protocol", "dataset", "subject", "roles", "clips"])


def faces_of(embeddings: pd.DataFrame, manifests: pd.DataFrame) -> pd.DataFrame:
    """The mean embedding of everybody who has one: `person` (`dataset/subject`, sorted) and `embedding` (unit norm).

    Args:
        embeddings: dataset, clip, embedding (unit norm), as the identity stage writes them.
    """
    named = embeddings.merge(manifests[manifests["subject"] != ""][["dataset", "clip", "subject"]], on=["dataset", "clip"])
    groups = named.groupby(named["dataset"] + "/" + named["subject"], sort=True)["embedding"]
    means = {name: np.mean(np.stack(list(group)), axis=0, dtype=np.float64) for name, group in groups}
    return pd.DataFrame({"person": list(means), "embedding": [mean / np.linalg.norm(mean) for mean in means.values()]})


def lookalikes(people: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Pairs of different people whose mean identity embeddings are nearer than `threshold`, the nearest first.

    Args:
        people: person, embedding, as `faces_of` finds them.
        threshold: cosine similarity in [-1, 1].

    Returns:
        similarity, first, second (`dataset/subject`).
    """
    names = people["person"].to_numpy()
    means = np.stack(list(people["embedding"])) if len(people) else np.empty((0, 1))
    parts = [pd.DataFrame({"similarity": [], "first": [], "second": []}, dtype=object)]
    for start in range(0, len(names), _BLOCK):
        similarity = means[start : start + _BLOCK] @ means.T
        row, second = np.nonzero(similarity >= threshold)
        later = second > row + start
        row, second = row[later], second[later]
        parts.append(pd.DataFrame({"similarity": similarity[row, second], "first": names[row + start], "second": names[second]}))
    pairs = pd.concat(parts, ignore_index=True).astype({"similarity": float})
    return pairs.sort_values(["similarity", "first", "second"], ascending=[False, True, True], ignore_index=True)
