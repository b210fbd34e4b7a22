import io

import numpy as np
import pytest
from PIL import Image

from vae_core.rendering import contact_sheet, png_bytes, save_png


def test_a_sheet_places_images_row_by_row():
    images = np.arange(3, dtype=np.float32).reshape(3, 1, 1, 1) / 4 * np.ones((3, 2, 2, 1), np.float32)
    sheet = contact_sheet(images, 2)
    assert sheet.shape == (4, 4, 1)
    np.testing.assert_array_equal(sheet[:2, 2:], images[1])
    np.testing.assert_array_equal(sheet[2:, :2], images[2])
    assert not sheet[2:, 2:].any()


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_are_enlarged_crisply(channels):
    image = np.random.default_rng(0).random((4, 5, channels)).astype(np.float32)
    picture = np.asarray(Image.open(io.BytesIO(png_bytes(image, 3)))).reshape(12, 15, channels)
    np.testing.assert_array_equal(picture[::3, ::3], np.rint(image * 255))
    np.testing.assert_array_equal(picture, np.repeat(np.repeat(picture[::3, ::3], 3, 0), 3, 1))


def test_pictures_that_cannot_be_written_are_refused(tmp_path):
    image = np.zeros((2, 2, 1), np.float32)
    with pytest.raises(ValueError, match="ending"):
        save_png(tmp_path / "x.jpg", image)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot be written"):
        save_png(tmp_path / "file" / "x.png", image)
    with pytest.raises(ValueError, match="too large"):
        png_bytes(image, 10_000)
