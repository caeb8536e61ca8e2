"""Table specs: rows (method and variant), columns (fas/tables/columns.py), and the runs that follow from them. See docs/add-a-table.md.

id: office
title: Our office captures
collection: real              # simulated | real | any: protocols are resolved inside it
dev: seeded                   # seeded | none: a protocol without official dev split gets a subject-disjoint one, or none
rows:
  - {label: LGSC, method: lgsc, variant: full}
  - {label: "LGSC, auxiliary head", method: lgsc, variant: full, score: auxiliary}
  - {label: SSDG-R, method: ssdg, variant: full, variants: {icm-to-o: to_o}}                # another variant for some of the protocols
literature: [GRADIANT]        # rows that others published and nobody here measures (fas/tables/published.py)
awaits: []                    # methods of `rows` that this version does not have yet: their cells stay empty
columns:
  - {protocol: folder-official, metric: hter, policy: dev_eer}
  - {pool: [oci-to-m, omi-to-c], metric: auc, label: M and C}
  - {folds: [siw-3-1, siw-3-2], metric: acer, policy: dev_eer, label: SiW protocol 3}       # mean and standard deviation over folds
  - {protocol: oci-to-m, metric: hter, policy: test_eer, checkpoint: oracle}                # the papers' habit, beside the honest one
notes: ["a line below the table"]

`collection: any` is for the tables of papers: they are about real data, and run on the simulated data of the embedded default as
well. Such a table is computed on real data as soon as params.yaml names real datasets for one of its protocols, else on simulated data
(fas/plan/tables.py). One table never holds both, its caption says which it is, and simulated numbers get no difference to published ones.

`kind` is `runs` where the pipeline's runs give the numbers. The tables that other work gives (`complexity`: parameters and times of
networks; `one_class`: digits and objects in the place of faces, stages/one_class) have plain columns and cannot be asked for in `tables:`.
"""

import re
from collections.abc import Hashable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from fas.errors import UserError
from fas.files import read_yaml
from fas.schema import Section, parse
from fas.tables.columns import AnyColumn, Column, PlainColumn

_BUNDLED = files("fas.tables") / "specs"
_KINDS = ("runs", "complexity", "one_class")


class _Row(Section):
    """A labelled line. `score` names another score of the same run (`auxiliary` for the column `score_auxiliary`)."""

    label: str = Field(min_length=1)
    method: str
    variant: str = "default"
    score: str | None = None


class Row(_Row):
    """One method with one variant. `variants`: the protocols on which it is another one, as authors have settings of their own for some."""

    variants: dict[str, str] = Field(default_factory=dict)

    def on(self, protocol: str) -> "Row":
        """The row as it is on one protocol: its variant there."""
        return self.model_copy(update={"variant": self.variants.get(protocol, self.variant), "variants": {}})


class PlainRow(_Row):
    """A row of a table that is not made of runs: a method's network, or one that is no method of ours."""

    method: str = ""


class _Spec(Section):
    """What every table has. The labels of `rows` and `literature` are the keys of published numbers."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    title: str
    paper: str | None = None
    rows: Sequence[_Row] = Field(min_length=1)
    literature: list[str] = Field(default_factory=list)
    awaits: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)

    def methods(self) -> list[str]:
        """The methods, each once, in the rows' order; those awaited too."""
        return list(dict.fromkeys(row.method for row in self.rows if row.method))

    def _names(self) -> dict[str, Sequence[Hashable]]:
        return {"row label": [*(row.label for row in self.rows), *self.literature], "awaited method": self.awaits}

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for what, names in self._names().items():
            twice = [name for name in names if names.count(name) > 1]
            if twice:
                raise ValueError(f"{what} '{twice[0]}' is there twice")
        unused = [name for name in self.awaits if name not in self.methods()]
        if unused:
            raise ValueError(f"awaits: no row has method '{unused[0]}'")
        return self


class TableSpec(_Spec):
    """A table of runs. `features` are extracted for the figures beside what the methods read."""

    kind: Literal["runs"] = "runs"
    collection: Literal["simulated", "real", "any"]
    dev: Literal["seeded", "none"] = "seeded"
    seeds: list[int] = Field(default=[0], min_length=1)
    rows: Sequence[Row] = Field(min_length=1)
    features: list[str] = Field(default_factory=list)
    columns: list[Column] = Field(min_length=1)

    @property
    def heading(self) -> str:
        """The title, which says so when the data is simulated."""
        return f"{self.title} (simulated data)" if self.collection == "simulated" else self.title

    def measured(self) -> list[Row]:
        """The rows whose method is in this version."""
        return [row for row in self.rows if row.method not in self.awaits]

    def protocols(self) -> list[str]:
        """The protocols, each once, in the columns' order."""
        return list(dict.fromkeys(protocol for column in self.columns for protocol in column.protocols))

    def runs(self, awaited: bool = False) -> list[tuple[str, str, str, int]]:
        """All (method, variant, protocol, seed), each once; those of methods that are not there yet only if they are asked for."""
        rows = self.rows if awaited else self.measured()
        runs = (
            (row.method, row.on(protocol).variant, protocol, seed) for row in rows for protocol in self.protocols() for seed in self.seeds
        )
        return list(dict.fromkeys(runs))

    def _names(self) -> dict[str, Sequence[Hashable]]:
        return {**super()._names(), "column": [column.name for column in self.columns], "seed": self.seeds}

    @model_validator(mode="after")
    def _variants_are_of_its_protocols(self) -> Self:
        for row in self.rows:
            unknown = [protocol for protocol in row.variants if protocol not in self.protocols()]
            if unknown:
                raise ValueError(
                    f"row '{row.label}': variants: no column has protocol '{unknown[0]}' (there is: {', '.join(self.protocols())})"
                )
        return self


class PlainSpec(_Spec):
    """A table that is not made of the pipeline's runs. `datasets` are those that its numbers are measured on."""

    kind: Literal["complexity", "one_class"]
    datasets: list[str] = Field(default_factory=list)
    rows: Sequence[PlainRow] = Field(min_length=1)
    columns: list[PlainColumn] = Field(min_length=1)

    @property
    def heading(self) -> str:
        """The title."""
        return self.title

    def _names(self) -> dict[str, Sequence[Hashable]]:
        return {**super()._names(), "column": [column.name for column in self.columns]}


AnySpec = TableSpec | PlainSpec
AnyRow = Row | PlainRow


def variants_of(row: AnyRow, column: AnyColumn) -> list[str]:
    """The variants whose runs a cell is of: one for each protocol of its column, or one where all are of the same."""
    if not isinstance(row, Row) or not isinstance(column, Column):
        return [row.variant]
    variants = [row.on(protocol).variant for protocol in column.protocols]
    return variants if len(set(variants)) > 1 else variants[:1]


def columns_of(spec: AnySpec) -> Sequence[AnyColumn]:
    """The columns of either kind of table."""
    return spec.columns


def bundled() -> list[str]:
    """The ids of the tables that come with fas, in the order of their numbers."""
    names = [entry.name.removesuffix(".yaml") for entry in _BUNDLED.iterdir() if entry.name.endswith(".yaml")]
    return sorted(names, key=lambda name: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)])


def load_any(name_or_path: str) -> AnySpec:
    """A bundled table by its id, or a team's own by the path of its YAML file.

    Raises:
        UserError: one line: no such table, or what is wrong in the file and where.
    """
    own = name_or_path.endswith((".yaml", ".yml"))
    if not own and name_or_path not in bundled():
        raise UserError(f"no table '{name_or_path}' (there is: {', '.join(bundled())}; or the path of a .yaml file of your own)")
    path = Path(name_or_path) if own else Path(str(_BUNDLED / f"{name_or_path}.yaml"))
    return parsed(read_yaml(path), str(path) if own else f"table {name_or_path}")


def parsed(values: Any, where: str) -> AnySpec:
    """A spec of the kind that `values` names.

    Raises:
        UserError: one line with `where`, the path of the key and what is wrong there.
    """
    kind = values.get("kind", "runs") if isinstance(values, dict) else "runs"
    if kind not in _KINDS:
        raise UserError(f"{where}: kind: no kind '{kind}' (there is: {', '.join(_KINDS)})")
    return parse(TableSpec, values, where) if kind == "runs" else parse(PlainSpec, values, where)


def load(name_or_path: str) -> TableSpec:
    """A table of runs, as `load_any` finds it.

    Raises:
        UserError: as `load_any`, or the table is of another kind.
    """
    spec = load_any(name_or_path)
    if isinstance(spec, PlainSpec):
        raise UserError(
            f"table {spec.id} (kind {spec.kind}) is not made of runs: it cannot be asked for in 'tables', `fas tables show` prints it"
        )
    return spec
