"""What a model file holds besides a model: damage, other files, bombs. None gets through."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import a2e
from a2e.data import MODEL
from a2e.model_file import MAX_FIELDS, MAX_NODES, MAX_STRUCTURE, read_contents
from a2e.protobuf import message, varint
from a2e_export.seal import seal

FLIPS = 320
MEGABYTE = 1_000_000


def outputs(model: a2e.Model | onnxruntime.InferenceSession) -> list[np.ndarray]:
    session = model.graph.session if isinstance(model, a2e.Model) else model
    rng = np.random.default_rng(0)
    feeds = {
        tensor.name: rng.random([2, *tensor.shape[1:]], dtype=np.float32)
        for tensor in session.get_inputs()
    }
    return session.run(None, feeds)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "face.onnx"


@pytest.fixture
def bundled() -> onnx.ModelProto:
    return onnx.load(MODEL)


def test_the_model_is_the_same() -> None:
    plain = onnxruntime.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
    for mine, theirs in zip(outputs(a2e.load()), outputs(plain), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_weights_that_say_where_they_are_may_move(path: Path) -> None:
    """Some tools write a tensor's location although it is the usual one."""
    model = onnx.load(MODEL)
    for tensor in model.graph.initializer:
        tensor.data_location = onnx.TensorProto.DEFAULT
    onnx.save(model, path)
    for mine, theirs in zip(outputs(a2e.load(path)), outputs(a2e.load()), strict=True):
        assert np.array_equal(mine, theirs)


def test_a_link_to_a_model_loads(tmp_path: Path) -> None:
    """A model hub's cache is made of links."""
    link = tmp_path / "face.onnx"
    link.symlink_to(MODEL)
    assert a2e.load(link).spec == a2e.load().spec


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.999])
def test_a_cut_off_file_is_refused(share: float, path: Path) -> None:
    path.write_bytes(MODEL.read_bytes()[: int(MODEL.stat().st_size * share)])
    with pytest.raises(a2e.ModelError, match="face.onnx"):
        a2e.load(path)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_refused(seed: int, path: Path) -> None:
    path.write_bytes(np.random.default_rng(seed).bytes(10_000))
    with pytest.raises(a2e.ModelError, match="face.onnx"):
        a2e.load(path)


class TestChecksums:
    def test_the_bundled_file_has_them(self) -> None:
        model = a2e.load()
        assert model.graph.checked
        metadata = read_contents(io.BytesIO(MODEL.read_bytes())).metadata
        assert metadata["a2e.weights_crc32"] == f'"{model.graph.checksums[0]}"'

    def test_weights_are_summed_in_the_files_order(self, bundled: onnx.ModelProto) -> None:
        import zlib

        crc = 0
        for tensor in bundled.graph.initializer:
            crc = zlib.crc32(tensor.raw_data, crc)
        assert f"{crc:08x}" == a2e.load().graph.checksums[0]

    @pytest.mark.parametrize("structure", [False, True])
    def test_no_flipped_byte_gets_through(self, structure: bool, path: Path) -> None:
        """Anywhere in the file, and as often in the few bytes that are no weights."""
        content = MODEL.read_bytes()
        expected = outputs(a2e.load())
        rng = np.random.default_rng(structure)
        places = np.arange(len(content))
        if structure:
            raw = np.zeros(len(content), bool)
            for tensor in onnx.load(MODEL).graph.initializer:
                if len(tensor.raw_data) > 64:
                    start = content.index(tensor.raw_data)
                    raw[start : start + len(tensor.raw_data)] = True
            places = places[~raw]
        loaded = 0
        for place in rng.choice(places, FLIPS // 2, replace=False):
            damaged = bytearray(content)
            damaged[place] ^= int(rng.integers(1, 256))
            path.write_bytes(damaged)
            try:
                model = a2e.load(path)
            except a2e.ModelError:
                continue
            loaded += 1
            assert all(map(np.array_equal, outputs(model), expected))
        assert loaded < FLIPS // 20

    @pytest.mark.parametrize("schema", [b"0", b"1", b"3", b"x", b"-"])
    def test_another_schema_is_no_way_around(self, schema: bytes, path: Path) -> None:
        entry = b"\n\na2e.schema\x12\x01"
        content = MODEL.read_bytes()
        assert content.count(entry) == 1
        path.write_bytes(content.replace(entry + b"2", entry + schema))
        with pytest.raises(a2e.ModelError):
            a2e.load(path)

    def test_schema_1_loads_unchecked(self, bundled: onnx.ModelProto, path: Path) -> None:
        schema_1(bundled)
        onnx.save(bundled, path)
        model = a2e.load(path)
        assert not model.graph.checked
        assert all(map(np.array_equal, outputs(model), outputs(a2e.load())))

    def test_sealing_changes_nothing_else(self, bundled: onnx.ModelProto, path: Path) -> None:
        assert seal(MODEL.read_bytes()) == MODEL.read_bytes()
        schema_1(bundled)
        path.write_bytes(seal(bundled.SerializeToString()))
        assert a2e.load(path).graph.checked
        assert onnx.load(path).graph == bundled.graph


def schema_1(model: onnx.ModelProto) -> None:
    props = {p.key: p.value for p in model.metadata_props if not p.key.endswith("_crc32")}
    del model.metadata_props[:]
    helper.set_model_props(model, props | {"a2e.schema": "1"})


class TestOtherFiles:
    """A model is one file: it can't name others, wherever in the graph."""

    def refused(self, model: onnx.ModelProto, path: Path, message: str) -> None:
        content = model.SerializeToString()
        path.write_bytes(content)
        (path.parent / "secret.bin").write_bytes(bytes(4096))
        with pytest.raises(a2e.ModelError, match=message):
            a2e.load(path)

    def external(self, tensor: TensorProto) -> TensorProto:
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "secret.bin"
        return tensor

    def node(self, attribute: str, value: object) -> onnx.NodeProto:
        return helper.make_node("Constant", [], ["secret"], **{attribute: value})

    def test_initializers(self, bundled: onnx.ModelProto, path: Path) -> None:
        self.external(bundled.graph.initializer[0])
        self.refused(bundled, path, "in another file")

    def test_memory_addresses(self, bundled: onnx.ModelProto, path: Path) -> None:
        """ONNX Runtime's own marker for weights that are in memory already."""
        tensor = bundled.graph.initializer[0]
        self.external(tensor)
        tensor.external_data[0].value = "*/_ORT_MEM_ADDR_/*"
        self.refused(bundled, path, "in another file")

    def test_places_without_a_location(self, bundled: onnx.ModelProto, path: Path) -> None:
        bundled.graph.initializer[0].data_location = TensorProto.EXTERNAL
        self.refused(bundled, path, "in another file")

    def test_constants(self, bundled: onnx.ModelProto, path: Path) -> None:
        tensor = self.external(numpy_helper.from_array(np.zeros(4, np.float32), "t"))
        bundled.graph.node.insert(0, self.node("value", tensor))
        self.refused(bundled, path, "in another file")

    def test_sparse_tensors(self, bundled: onnx.ModelProto, path: Path) -> None:
        values = self.external(numpy_helper.from_array(np.zeros(4, np.float32), "v"))
        indices = numpy_helper.from_array(np.arange(4), "i")
        sparse = helper.make_sparse_tensor(values, indices, [8])
        bundled.graph.sparse_initializer.append(sparse)
        self.refused(bundled, path, "in another file")
        del bundled.graph.sparse_initializer[:]
        bundled.graph.node.insert(0, self.node("sparse_value", sparse))
        self.refused(bundled, path, "in another file")

    def test_subgraphs_and_functions(self, bundled: onnx.ModelProto, path: Path) -> None:
        tensor = self.external(numpy_helper.from_array(np.zeros(4, np.float32), "t"))
        inner = helper.make_graph([], "inner", [], [], [tensor])
        node = helper.make_node("If", ["c"], ["o"], then_branch=inner, else_branch=inner)
        bundled.graph.node.append(node)
        self.refused(bundled, path, "control flow")
        del bundled.graph.node[-1]
        opset = helper.make_opsetid("", 20)
        body = [self.node("value", tensor)]
        bundled.functions.append(helper.make_function("f", "F", [], ["secret"], body, [opset]))
        self.refused(bundled, path, "functions of its own")


def test_an_endless_loop_is_refused(bundled: onnx.ModelProto, path: Path) -> None:
    body = helper.make_graph([], "body", [], [])
    bundled.graph.node.append(helper.make_node("Loop", ["", ""], ["o"], body=body))
    path.write_bytes(seal_unchecked(bundled))
    with pytest.raises(a2e.ModelError, match="control flow"):
        a2e.load(path)


def seal_unchecked(model: onnx.ModelProto) -> bytes:
    schema_1(model)
    return model.SerializeToString()


def in_graph(content: bytes) -> bytes:
    return message(7, content)


def deep(levels: int) -> bytes:
    """A node's attribute's type within a type, and so on."""
    value = b""
    for _ in range(levels):
        value = message(4, message(1, value))
    return in_graph(message(1, message(5, message(14, value))))


BOMBS: dict[str, Callable[[], bytes]] = {
    "fields of two bytes": lambda: in_graph(b"\x08\x01" * 4 * MEGABYTE),
    "empty nodes": lambda: in_graph(b"\x0a\x00" * 4 * MEGABYTE),
    "empty weights": lambda: in_graph(b"\x2a\x00" * 4 * MEGABYTE),
    "weights of empty parts": lambda: in_graph(message(5, b"\x12\x00" * 4 * MEGABYTE)),
    "numbers that are not packed": lambda: in_graph(message(5, b"\x38\x01" * 4 * MEGABYTE)),
    "numbers that are packed": lambda: in_graph(message(5, message(7, b"\x01" * 8 * MEGABYTE))),
    "a long name": lambda: in_graph(message(2, bytes(40 * MEGABYTE))),
    "weights in a node": lambda: in_graph(
        message(1, message(5, message(5, message(9, bytes(40 * MEGABYTE)))))
    ),
    "empty metadata": lambda: b"\x72\x00" * 4 * MEGABYTE,
    "empty functions": lambda: b"\xca\x01\x00" * 4 * MEGABYTE,
    "long metadata": lambda: message(14, message(1, b"a2e.x") + message(2, bytes(40 * MEGABYTE))),
    "a deep type": lambda: deep(20_000),
    "a length beyond the end": lambda: varint(7 << 3 | 2) + varint(2**62) + bytes(100),
    "a number without end": lambda: b"\xff" * MEGABYTE,
    "many graphs": lambda: in_graph(b"") * MEGABYTE,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_little_memory(name: str, path: Path) -> None:
    path.write_bytes(BOMBS[name]())
    program = (
        "import sys, a2e, onnxruntime, resource\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: a2e.load(sys.argv[1]); print('loaded')\n"
        "except a2e.ModelError: print('refused')\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, timeout=60
    )
    answer, kilobytes = ran.stdout.split()
    assert answer == "refused", ran.stderr
    assert int(kilobytes) * 1024 < 1.5 * path.stat().st_size + 64 * 2**20


def test_the_limits_leave_room() -> None:
    """A model of LAM's size has about six times the operators of these, and no deeper ones."""
    model = onnx.load(MODEL)
    for tensor in model.graph.initializer:
        tensor.ClearField("raw_data")
    assert len(model.graph.node) * 20 < MAX_NODES
    assert model.ByteSize() * 20 < MAX_STRUCTURE
    assert MAX_FIELDS > 8 * MAX_NODES


class TestReplacedFiles:
    """The file is read once: what happens to it afterwards reaches nobody."""

    @pytest.mark.parametrize("damage", ["shrink", "overwrite", "grow", "remove"])
    def test_a_running_model_goes_on(self, damage: str, path: Path) -> None:
        path.write_bytes(MODEL.read_bytes())
        program = f"""
import os, sys, numpy as np, a2e
path = sys.argv[1]
audio = np.random.default_rng(0).uniform(-0.3, 0.3, 16_000).astype(np.float32)
model = a2e.load(path)
before = model.animate(audio, 16_000, seed=0).weights
size = os.path.getsize(path)
if {damage!r} == "remove":
    os.unlink(path)
else:
    with open(path, "r+b") as file:
        if {damage!r} == "shrink": file.truncate(100)
        if {damage!r} == "overwrite": file.write(os.urandom(size))
        if {damage!r} == "grow": file.seek(0); file.write(b"\\xff" * 2 * size)
print(np.array_equal(before, model.animate(audio, 16_000, seed=0).weights))
"""
        ran = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)
        assert (ran.returncode, ran.stdout.strip()) == (0, "True"), ran.stderr

    def test_a_file_that_changes_while_it_is_loaded(self, path: Path, monkeypatch) -> None:
        from a2e import graph

        path.write_bytes(MODEL.read_bytes())
        open_session = graph.open_session

        def meanwhile(*arguments: object, **options: object) -> object:
            session = open_session(*arguments, **options)
            os.utime(path, ns=(1, 1))
            return session

        monkeypatch.setattr(graph, "open_session", meanwhile)
        with pytest.raises(a2e.ModelError, match="changed while it was loaded"):
            a2e.load(path)


class TestDamagedGraphs:
    """Right checksums, wrong graphs."""

    def loaded(self, model: onnx.ModelProto, path: Path) -> a2e.Model:
        path.write_bytes(seal(model.SerializeToString()))
        return a2e.load(path)

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_no_nan_becomes_a_face(
        self, value: float, bundled: onnx.ModelProto, path: Path
    ) -> None:
        for tensor in bundled.graph.initializer:
            array = numpy_helper.to_array(tensor)
            if np.issubdtype(array.dtype, np.floating) and array.ndim > 1:
                tensor.raw_data = np.full_like(array, value).tobytes()
        model = self.loaded(bundled, path)
        stream = model.stream(16_000)
        with pytest.raises(a2e.ModelError, match="gave NaN or infinity instead of a face"):
            stream.push(np.zeros(16_000, np.float32))
        with pytest.raises(a2e.StreamClosedError):
            stream.flush()
        with pytest.raises(a2e.ModelError, match="NaN"):
            model.animate(np.zeros(16_000, np.float32), 16_000)

    def test_a_context_without_bounds(self, bundled: onnx.ModelProto, path: Path) -> None:
        for tensors, prefix in ((bundled.graph.input, "ctx."), (bundled.graph.output, "next.")):
            value = helper.make_tensor_value_info(
                f"{prefix}big", TensorProto.FLOAT, ["batch", 10**9]
            )
            tensors.append(value)
        bundled.graph.node.append(helper.make_node("Identity", ["ctx.big"], ["next.big"]))
        with pytest.raises(a2e.ModelError, match="more than 32 MiB of context"):
            self.loaded(bundled, path)

    @pytest.mark.parametrize("shape", [["batch", "any"], [1, 8], ["batch", 0]])
    def test_a_context_of_no_fixed_shape(
        self, shape: list[object], bundled: onnx.ModelProto, path: Path
    ) -> None:
        for tensors, prefix in ((bundled.graph.input, "ctx."), (bundled.graph.output, "next.")):
            tensors.append(helper.make_tensor_value_info(f"{prefix}x", TensorProto.FLOAT, shape))
        bundled.graph.node.append(helper.make_node("Identity", ["ctx.x"], ["next.x"]))
        with pytest.raises(a2e.ModelError, match="streaming contract"):
            self.loaded(bundled, path)
