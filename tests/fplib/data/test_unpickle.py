import os
import pickle
import struct

import numpy as np
import pytest

from fplib.data.sources import SourceError
from fplib.data.unpickle import unpickle_arrays


def python2_array(values, dtype="f4", module="numpy.core.multiarray"):
    """Write the pickle of an array as Python 2 and NumPy 1 did, opcode by opcode."""
    raw = values.tobytes()
    dimensions = b"".join(b"J" + struct.pack("<i", n) for n in values.shape)
    return b"".join(
        [
            b"c" + module.encode() + b"\n_reconstruct\n",
            b"cnumpy\nndarray\n" + b"K\x00\x85" + b"U\x01b" + b"\x87R",
            b"(K\x01" + b"(" + dimensions + b"t",
            b"cnumpy\ndtype\n" + b"U\x02" + dtype.encode() + b"K\x00K\x01\x87R",
            b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
            b"\x89" + b"T" + struct.pack("<i", len(raw)) + raw + b"tb",
        ]
    )


def pickled(body):
    return b"\x80\x02" + body + b"."


@pytest.mark.parametrize("module", ["numpy.core.multiarray", "numpy._core.multiarray"])
@pytest.mark.parametrize("dtype", ["f4", "i8", "u1"])
def test_arrays_of_python_2_come_back(dtype, module):
    values = np.arange(200, 212).astype(dtype).reshape(3, 4)
    result = unpickle_arrays(pickled(python2_array(values, dtype, module)))
    assert result.dtype == values.dtype
    assert np.array_equal(result, values)


def test_tuples_of_arrays_come_back():
    a, b = np.arange(3, dtype="f4"), np.arange(2, dtype="i8")
    x, y = unpickle_arrays(pickled(python2_array(a) + python2_array(b, "i8") + b"\x86"))
    assert np.array_equal(x, a)
    assert np.array_equal(y, b)


class Attack:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_pickle_cannot_run_a_command(protocol, tmp_path):
    marker = tmp_path / "executed"
    attack = pickle.dumps(Attack(os.system, f"echo x > {marker}"), protocol=protocol)
    with pytest.raises(SourceError, match=r"system, which is not allowed"):
        unpickle_arrays(attack)
    assert not marker.exists()
    pickle.loads(attack)  # the attack is real: an ordinary reader falls for it
    assert marker.exists()


@pytest.mark.parametrize(
    "name",
    [
        b"cbuiltins\neval\n",
        b"c__builtin__\neval\n",  # the name of Python 2, which pickle translates
        b"cnumpy\nload\n",
        b"cnumpy\nfromfile\n",
        b"c_codecs\nencode\n",
        b"cfplib.data.unpickle\npickle\n",
        b"cnumpy.core.multiarray\nscalar\n",
        b"\x8c\x05numpy\x8c\x11ndarray.__class__\x93",  # a dotted path to something else
    ],
)
def test_no_other_name_is_known(name):
    with pytest.raises(SourceError, match="not allowed"):
        unpickle_arrays(b"\x80\x04" + name + b".")


def test_arrays_of_objects_are_refused():
    body = b"cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R"
    with pytest.raises(SourceError, match="O8"):
        unpickle_arrays(pickled(body))


@pytest.mark.parametrize("keep", [0, 1, 10, 60, 150])
def test_damaged_pickles_are_refused(keep):
    content = pickled(python2_array(np.arange(12, dtype="f4")))
    with pytest.raises(SourceError, match="pickle refused"):
        unpickle_arrays(content[:keep])
