"""The recipe for llama.cpp: known sources, and a wheel with every library once."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.util
import io
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

RECIPE = Path(__file__).parents[1] / "packaging" / "engine" / "build.py"


@pytest.fixture(scope="module")
def recipe() -> ModuleType:
    spec = importlib.util.spec_from_file_location("engine_recipe", RECIPE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pinned_source_is_one_that_was_looked_at(recipe: ModuleType) -> None:
    assert recipe.pinned_version("llama_cpp_python") in recipe.SDISTS


def test_another_source_is_refused(recipe: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "llama_cpp_python-0.3.36.tar.gz"
    path.write_bytes(b"something else")
    with pytest.raises(SystemExit, match="not the source"):
        recipe.check(path)


VULKAN = """before
    VkBool32 enable_best_practice = layer_settings;
    std::vector<vk::LayerSettingEXT> settings = {
        {
            "validate",
        },
    };
    vk::LayerSettingsCreateInfoEXT layer_setting_info(settings);
    vk::InstanceCreateInfo instance_create_info({}, &app_info, layers, &layer_setting_info);
after
"""


def test_only_the_developers_check_is_taken_out(
    recipe: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "ggml-vulkan.cpp"
    path.write_text(VULKAN)
    recipe.patch_vulkan(path)
    assert path.read_text() == (
        "before\n    vk::InstanceCreateInfo"
        " instance_create_info({}, &app_info, layers);\nafter\n"
    )
    with pytest.raises(SystemExit, match="not found"):
        recipe.patch_vulkan(path)


def test_the_wheel_holds_each_library_once_and_all_in_one_place(
    recipe: ModuleType, tmp_path: Path
) -> None:
    wheel = tmp_path / "llama_cpp_python-0.3.36-py3-none-linux_x86_64.whl"
    info = "llama_cpp_python-0.3.36.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        for name in (
            "llama_cpp/__init__.py",
            "llama_cpp/lib/libllama.so",
            "llama_cpp/lib/libllama.so.0",
            "llama_cpp/lib/libllama.so.0.5.0",
            "lib/libllama.so",
            "lib/libggml-base.so",
            "lib/libllama-common.so",
            "lib/cmake/llama/llama-config.cmake",
            "bin/libggml-cpu-haswell.so",
            "bin/libggml-vulkan.so",
            "bin/convert_hf_to_gguf.py",
            "include/llama.h",
            f"{info}/METADATA",
            f"{info}/WHEEL",
            f"{info}/RECORD",
        ):
            file.writestr(name, f"content of {name}\n")
    (tmp_path / "out").mkdir()
    result = recipe.repack(wheel, tmp_path / "out")
    assert result.name == "llama_cpp_python-0.3.36-1allcpu-py3-none-linux_x86_64.whl"
    with zipfile.ZipFile(result) as file:
        names = set(file.namelist())
        assert names == {
            "llama_cpp/__init__.py",
            "llama_cpp/lib/libllama.so",
            "llama_cpp/lib/libggml-base.so",
            "llama_cpp/lib/libggml-cpu-haswell.so",
            "llama_cpp/lib/libggml-vulkan.so",
            f"{info}/METADATA",
            f"{info}/WHEEL",
            f"{info}/RECORD",
        }
        assert b"Build: 1allcpu" in file.read(f"{info}/WHEEL")
        rows = list(csv.reader(io.StringIO(file.read(f"{info}/RECORD").decode())))
        for name, digest, size in rows[:-1]:
            data = file.read(name)
            found = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
            assert digest == f"sha256={found.decode().rstrip('=')}"
            assert int(size) == len(data)
        assert rows[-1] == [f"{info}/RECORD", "", ""]
        assert {row[0] for row in rows} == names
