"""Keys change if and only if something changes that the result depends on; records survive their trip through JSON."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toystages.worker import Toy

from fas.items.item import File, Item, Record

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=3), inner, max_size=3),
    max_leaves=8,
)
INPUTS = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=3), VALUES, max_size=3)
NAMES = st.text("abc/.", min_size=1, max_size=5)
RECORDS = st.builds(
    Record,
    st.sampled_from(["ok", "no_face"]),
    st.text(st.characters(codec="utf-8")),
    st.lists(st.builds(File, NAMES, st.text("0123456789abcdef", min_size=32, max_size=32), st.integers(0, 2**40)), max_size=3).map(tuple),
)
ITEM = Item("name", {"clip": "name"}, {"content": "1"}, ("name", "text"))


def same(first: Any, second: Any) -> bool:
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


@given(INPUTS, INPUTS)
def test_keys_are_equal_if_and_only_if_the_inputs_are(first: dict[str, Any], second: dict[str, Any]) -> None:
    keys = [replace(ITEM, inputs=inputs).key(Toy()) for inputs in (first, second)]
    assert (keys[0] == keys[1]) == same(first, second)


@given(INPUTS, INPUTS)
def test_keys_are_equal_if_and_only_if_the_workers_dependencies_are(first: dict[str, Any], second: dict[str, Any]) -> None:
    keys = [ITEM.key(Toy(extra={"x": value})) for value in (first, second)]
    assert (keys[0] == keys[1]) == same(first, second)


@given(INPUTS)
def test_the_order_of_the_inputs_does_not_matter(inputs: dict[str, Any]) -> None:
    assert replace(ITEM, inputs=dict(reversed(inputs.items()))).key(Toy()) == replace(ITEM, inputs=inputs).key(Toy())


@pytest.mark.parametrize("change", [{"name": "other"}, {"version": 2}, {"gain": 2}])
def test_a_workers_name_version_and_parameters_are_in_the_key(change: dict[str, Any]) -> None:
    assert ITEM.key(replace(Toy(), **change)) != ITEM.key(Toy())


@pytest.mark.parametrize(
    "change", [{"name": "other"}, {"ids": {}}, {"task": ("other", "place")}, {"folder": "x"}, {"file": "y"}, {"blocked": "no root"}]
)
def test_names_and_places_are_not_in_the_key(change: dict[str, Any]) -> None:
    assert replace(ITEM, **change).key(Toy()) == ITEM.key(Toy())


def test_a_value_that_is_no_json_is_refused() -> None:
    with pytest.raises((TypeError, ValueError)):
        replace(ITEM, inputs={"x": float("nan")}).key(Toy())
    with pytest.raises(TypeError):
        replace(ITEM, inputs={"x": object()}).key(Toy())


@given(RECORDS)
def test_a_record_survives_json(record: Record) -> None:
    assert Record.from_json(json.loads(json.dumps(record.to_json()))) == record


@given(RECORDS, RECORDS)
def test_digests_are_equal_if_and_only_if_the_files_bytes_are(first: Record, second: Record) -> None:
    contents = [[(file.name, file.md5) for file in record.files] for record in (first, second)]
    assert (first.digest == second.digest) == (contents[0] == contents[1])
