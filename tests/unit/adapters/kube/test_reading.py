from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.kube.reading import LIST_FROM, place_of, plan_readings
from fairlead.model.objects import Kind, Kinds, ObjectRef

MAPS = Kind(group="", version="v1", kind="ConfigMap", plural="configmaps", namespaced=True, served_versions=("v1",))
ROLES = Kind(group="r.test", version="v2", kind="Role", plural="roles", namespaced=False, served_versions=("v2", "v1"))
KINDS = Kinds({("", "ConfigMap"): MAPS, ("r.test", "Role"): ROLES})
NAMES = st.sampled_from("abcdefgh")
REFS = st.one_of(
    st.builds(
        lambda name, place: ObjectRef(kind="ConfigMap", namespace=place, name=name),
        NAMES,
        st.sampled_from(["", "default", "n", "m"]),
    ),
    st.builds(
        lambda name, version: ObjectRef(group="r.test", version=version, kind="Role", name=name),
        NAMES,
        st.sampled_from(["v1", "v2", "v0"]),
    ),
    st.builds(lambda name: ObjectRef(group="x.test", kind="Unserved", name=name), NAMES),
)


@given(st.sets(REFS, max_size=30), st.booleans())
def test_each_served_ref_is_read_exactly_once_where_it_is(refs: set[ObjectRef], may_span: bool) -> None:
    readings = plan_readings(refs, kinds=KINDS, may_span=may_span)
    read = Counter(ref for reading in readings for same in reading.by_place.values() for ref in same)
    assert read == Counter(ref for ref in refs if KINDS.find(ref))
    for reading in readings:
        for place, same in reading.by_place.items():
            assert {place_of(reading.kind, ref) for ref in same} == {place}
            assert reading.namespace in ("", place[0])


@given(st.sets(REFS, max_size=30))
def test_a_list_reads_at_least_as_many_as_it_is_worth(refs: set[ObjectRef]) -> None:
    for reading in plan_readings(refs, kinds=KINDS):
        assert reading.is_list == (len(reading.by_place) >= LIST_FROM)


def test_a_kind_that_cannot_be_listed_is_read_one_by_one() -> None:
    kind = Kind(group="", version="v1", kind="X", plural="xs", namespaced=False, verbs=frozenset({"get"}))
    refs = [ObjectRef(kind="X", name=name) for name in "abcdef"]
    (reading,) = plan_readings(refs, kinds=Kinds({("", "X"): kind}))
    assert not reading.is_list


def test_definitions_are_read_one_by_one_and_only_their_metadata_is_listed() -> None:
    group = "apiextensions.k8s.io"
    kind = Kind(group=group, version="v1", kind="CustomResourceDefinition", plural="crds", namespaced=False)
    refs = [ObjectRef(group=group, kind="CustomResourceDefinition", name=name) for name in "abcdef"]
    kinds = Kinds({(group, "CustomResourceDefinition"): kind})
    assert [r.is_list for r in plan_readings(refs, kinds=kinds)] == [False]
    assert [r.is_list for r in plan_readings(refs, kinds=kinds, may_span=True)] == [True]
