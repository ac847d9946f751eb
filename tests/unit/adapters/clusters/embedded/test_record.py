from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairlead.adapters.clusters.embedded.processes import ProcessIdentity
from fairlead.adapters.clusters.embedded.record import ClusterRecord, read_record, write_record
from fairlead.model.errors import InputError

ETCD = ProcessIdentity(pid=7, start_ticks=99, boot_id="b", folder="/f", program="/tools/etcd")
RECORD = ClusterRecord(kubernetes="1.34.2", port=20001, nodes=2)


def test_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "cluster.json"
    record = ClusterRecord(
        kubernetes="1.34.2", port=20001, nodes=2, since=datetime(2026, 11, 22, tzinfo=UTC), processes={"etcd": ETCD}
    )
    write_record(path, record)

    assert read_record(path) == record
    assert path.stat().st_mode & 0o777 == 0o600


def test_absent_record_is_none(tmp_path: Path) -> None:
    assert read_record(tmp_path / "cluster.json") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema": 3}', '{"schema": 2}', '{"schema": 1, "port": 1}'])
def test_file_that_is_no_record_is_an_input_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cluster.json"
    path.write_text(text)

    with pytest.raises(InputError, match="not the record"):
        read_record(path)


def test_process_started_again_takes_the_place_of_the_dead_one() -> None:
    again = ProcessIdentity(pid=8, start_ticks=100, boot_id="b", folder="/f", program="/tools/etcd")
    assert RECORD.with_process("etcd", ETCD).with_process("etcd", again).processes == {"etcd": again}


def test_record_of_before_there_were_real_nodes_is_one_of_simulated_ones(tmp_path: Path) -> None:
    path = tmp_path / "cluster.json"
    path.write_text('{"schema": 1, "kubernetes": "1.34.2", "port": 20001, "nodes": 2, "since": null, "processes": {}}')

    assert read_record(path) == RECORD
