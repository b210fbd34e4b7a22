import numpy as np
import pytest
from onnx import TensorProto, helper

from tests.tiny_models import decoder_bytes, folder_files, graph, reload_graph, write_tiny
from vae_core.folder import ModelFolderError
from vae_core.graphs import check_graph
from vae_core.model import LatentModel


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
