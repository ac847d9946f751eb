"""Our decryption against the real sops and age, on files that sops makes here and now."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.formats.manifests import load_value_file
from fairlead.formats.sops import decrypt
from fairlead.formats.yaml.text import dump_yaml
from fairlead.model.errors import InputError
from fairlead.model.secret import reveal_tree

pytestmark = pytest.mark.e2e


class _Sops:
    def __init__(self, *, program: str, key: str, recipient: str, folder: Path) -> None:
        self.key = key
        self._program = program
        self._recipient = recipient
        self._folder = folder

    def encrypt(self, text: str, *options: str, kind: str = "yaml") -> str:
        source = self._folder / f"plain.{kind}"
        source.write_text(text, encoding="utf-8")
        return self._run("encrypt", "--age", self._recipient, *options, str(source))

    def decrypt(self, text: str, *, kind: str = "yaml") -> str:
        source = self._folder / f"encrypted.{kind}"
        source.write_text(text, encoding="utf-8")
        # As JSON, which tells 1 from "1" without a rule of YAML.
        return self._run("decrypt", "--output-type", "json", str(source))

    def _run(self, *arguments: str) -> str:
        environ = {"SOPS_AGE_KEY": self.key, "HOME": str(self._folder), "PATH": os.environ["PATH"]}
        return subprocess.run(
            [self._program, *arguments], env=environ, cwd=self._folder, capture_output=True, check=True, timeout=180
        ).stdout.decode()


@pytest.fixture(scope="session")
def programs() -> dict[str, str]:
    found = asyncio.run(ToolChain(default_cache(os.environ), progress=print).install(["sops", "age-keygen"]))
    return {name: str(path) for name, path in found.items()}


@pytest.fixture
def sops(programs: dict[str, str], tmp_path: Path) -> _Sops:
    made = subprocess.run(
        [programs["age-keygen"]], capture_output=True, check=True, timeout=180, text=True
    ).stdout.splitlines()
    recipient = next(line.split()[-1] for line in made if "public key" in line)
    return _Sops(program=programs["sops"], key=made[-1], recipient=recipient, folder=tmp_path)


# No text of several lines that starts with a space: inside a list sops 3.13.3 writes a wrong indentation indicator for
# it and then cannot open its own file.
_LEAVES: list[Any] = [
    *(
        "",
        " ",
        "x",
        "yes",
        "null",
        "1",
        "0644",
        "é\U0001f600",
        "two\nlines\n",
        "ends\n\n",
        "a: b # c",
        "\ttab",
        "ENC[x]",
    ),
    *(0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63), 1.5, -2.25, 1e-7, 1e21, 0.30000000000000004, 123456789.125),
    *(True, False, None),
]


def _tree(random_: random.Random, depth: int = 0) -> Any:
    choice = random_.random()
    if depth == 0 or (depth < 4 and choice < 0.3):
        return {f"k{n}{random_.choice(['', '.x', '_unencrypted', ' y'])}": _tree(random_, depth + 1) for n in range(6)}
    if depth < 4 and choice < 0.5:
        return [_tree(random_, depth + 1) for _ in range(random_.randrange(4))]
    return random_.choice(_LEAVES)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_decrypts_what_sops_encrypts(sops: _Sops, seed: int, kind: str) -> None:
    tree = _tree(random.Random(seed))
    text = dump_yaml(tree) if kind == "yaml" else json.dumps(tree)
    encrypted = sops.encrypt(text, kind=kind)
    ours = reveal_tree(decrypt(encrypted, file="f", identities=[sops.key]))
    theirs = load_value_file(sops.decrypt(encrypted, kind=kind), file="f")
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize(
    "options", [("--encrypted-regex", "^k[0-2]"), ("--encrypted-suffix", ".x"), ("--unencrypted-regex", "[35]")]
)
def test_follows_the_rules_as_sops_does(sops: _Sops, options: tuple[str, str]) -> None:
    encrypted = sops.encrypt(dump_yaml(_tree(random.Random(7))), *options)
    ours = reveal_tree(decrypt(encrypted, file="f", identities=[sops.key]))
    assert repr(ours) == repr(load_value_file(sops.decrypt(encrypted), file="f"))


@pytest.mark.parametrize(
    ("old", "new"),
    [("clear_unencrypted: 1", "clear_unencrypted: 2"), ("\nsecret:", "\nmoved:"), ("clear_unencrypted: 1\n", "")],
)
def test_both_refuse_an_edited_file(sops: _Sops, old: str, new: str) -> None:
    encrypted = sops.encrypt("a: x\nclear_unencrypted: 1\nsecret: hunter2\n")
    assert old in encrypted
    edited = encrypted.replace(old, new)
    with pytest.raises(subprocess.CalledProcessError):
        sops.decrypt(edited)
    with pytest.raises(InputError):
        decrypt(edited, file="f", identities=[sops.key])
