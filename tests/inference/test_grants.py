"""What the model child may open follows from what it is to load."""

from __future__ import annotations

from pathlib import Path

from app.inference.grants import Grants, grants_for
from app.inference.messages import Adapter, ModelSpec
from app.paths import models_dir


def test_what_is_installed_needs_no_grant_of_its_own(home: Path) -> None:
    spec = ModelSpec(str(models_dir() / "a.gguf"), states=str(home / "states"))
    assert grants_for(spec) == Grants((), (str(home / "states"),), False)


def test_all_parts_of_a_model_and_its_adapters_are_granted(
    home: Path, tmp_path: Path
) -> None:
    names = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf", "lora.gguf"]
    for name in (*names, "n-00001-of-00002.gguf", "secret.txt"):
        (tmp_path / name).touch()
    spec = ModelSpec(
        str(tmp_path / names[0]), adapters=(Adapter(str(tmp_path / names[2])),)
    )
    granted = {Path(path).name for path, _ in grants_for(spec).files}
    assert granted == set(names)


def test_a_file_in_the_place_of_another_is_granted_anew(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "m.gguf"
    path.touch()
    first = grants_for(ModelSpec(str(path)))
    keeps_the_number = path.rename(tmp_path / "old.gguf")
    path.touch()
    second = grants_for(ModelSpec(str(path)))
    assert keeps_the_number.exists()
    assert first.joined(second) != first
    assert first.joined(second) == second
    assert first.joined(first) == first


def test_grants_only_grow(home: Path, tmp_path: Path) -> None:
    card = grants_for(ModelSpec(str(tmp_path / "a.gguf"), gpu_layers=9))
    other = grants_for(ModelSpec(str(tmp_path / "b.gguf"), states="s"))
    both = card.joined(other)
    assert both.gpu
    assert both.states == ("s",)
    assert len(both.files) == 2
