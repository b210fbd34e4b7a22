"""The IDX format of MNIST and its relatives (http://yann.lecun.com/exdb/mnist, "file formats")."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTE = 0x08
MAXIMUM_BYTES = 1 << 30


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The uint8 array in a gzipped IDX file. Raises ValueError naming the file and the fault."""
    try:
        with gzip.open(path) as file:
            header = file.read(4)
            if len(header) < 4 or header[:2] != b"\0\0" or header[2] != UNSIGNED_BYTE:
                raise ValueError(f"{path} is no IDX file of bytes: its first bytes are {header!r}")
            shape = struct.unpack(f">{header[3]}I", file.read(4 * header[3]))
            expected = math.prod(shape)
            if len(shape) > 4 or expected > MAXIMUM_BYTES:
                raise ValueError(
                    f"{path} promises {len(shape)} dimensions and {expected:,} bytes: fetch it again"
                )
            # One byte more than promised: a longer file is noticed and not unpacked.
            content = file.read(expected + 1)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise ValueError(f"{path} cannot be read ({error}): remove it and fetch it again") from None
    if len(content) != expected:
        raise ValueError(f"{path} promises {expected:,} bytes and does not hold them: fetch it again")
    return np.frombuffer(content, np.uint8).reshape(shape)
