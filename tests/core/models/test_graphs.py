import numpy as np
import pytest
from onnx import TensorProto, helper

from tests.support.tiny_models import decoder_bytes, folder_files, graph, reload_graph, write_tiny
from vae_core.models.folder import ModelFolderError
from vae_core.models.graphs import check_graph
from vae_core.models.model import LatentModel


def test_a_plain_graph_passes():
    check_graph(decoder_bytes())


def test_weights_in_another_file_are_refused():
    model = reload_graph(decoder_bytes())
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../../etc/passwd"
    with pytest.raises(ValueError, match="another file"):
        check_graph(model.SerializeToString())


def test_subgraphs_and_unknown_operators_are_refused():
    model = reload_graph(decoder_bytes())
    model.graph.node.append(helper.make_node("Loop", ["a"], ["b"], body=model.graph))
    with pytest.raises(ValueError, match="operator 'Loop'"):
        check_graph(model.SerializeToString())
    model = reload_graph(decoder_bytes())
    model.graph.node[0].domain = "com.evil"
    with pytest.raises(ValueError, match="operator 'Gemm'"):
        check_graph(model.SerializeToString())
    model = reload_graph(decoder_bytes())
    model.graph.node[0].attribute.append(helper.make_attribute("body", model.graph))
    with pytest.raises(ValueError, match="subgraph"):
        check_graph(model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"not a graph", decoder_bytes()[:-20]])
def test_what_is_no_graph_is_refused_in_the_folder(tmp_path, content):
    folder = write_tiny(tmp_path / "tiny", files={**folder_files(), "decoder.onnx": content})
    with pytest.raises(ModelFolderError, match=r"tiny: decoder\.onnx"):
        LatentModel(folder).decode(np.zeros((1, 2)))


def test_a_graph_of_other_inputs_is_refused(tmp_path):
    foreign = graph(
        "foreign", [helper.make_node("Tanh", ["z"], ["images"])], [("z", [3])], [("images", [3])], {}
    )
    folder = write_tiny(tmp_path / "tiny", files={**folder_files(), "decoder.onnx": foreign})
    with pytest.raises(ModelFolderError, match=r"decoder\.onnx does not take 'z'"):
        LatentModel(folder).decode(np.zeros((1, 2)))


def test_a_graph_that_answers_in_another_shape_or_with_nan_is_refused(tmp_path):
    cases = {
        "flat": [helper.make_node("ReduceMean", ["z"], ["images"], axes=[1], keepdims=1)],
        "undefined": [
            helper.make_node("Sub", ["z", "z"], ["zero"]),
            helper.make_node("Div", ["zero", "zero"], ["nan"]),
            helper.make_node("Concat", ["nan", "nan"], ["both"], axis=1),
            helper.make_node("Reshape", ["both", "shape"], ["images"]),
        ],
    }
    shape = {"shape": np.array([-1, 2, 2, 1], np.int64)}
    for name, nodes in cases.items():
        weights = shape if name == "undefined" else {}
        content = graph("foreign", nodes, [("z", [2])], [("images", ["h", "w", "c"])], weights)
        folder = write_tiny(tmp_path / name, files={**folder_files(), "decoder.onnx": content})
        with pytest.raises(ModelFolderError, match=rf"{name}: decoder\.onnx (answers|cannot be run)"):
            LatentModel(folder).decode(np.ones((3, 2)))
