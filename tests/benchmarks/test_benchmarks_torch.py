"""The PyTorch opponent computes the same function; without PyTorch there is nothing to compare."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import fplib as fp
from benchmarks.plan import PRESETS
from tests.support.tolerances import assert_close

torch = pytest.importorskip("torch", reason="the extra `bench` is not installed: see `make bench`")

from benchmarks import floor, theirs, torch_weights
from benchmarks.products import Product
from benchmarks.torch_model import TorchModel
from benchmarks.torch_training import Setting, TorchTraining, candidates
from fplib.config import PRESETS as RECIPES

NETWORKS = 2e-4  # float32 sums over a thousand products, in two orders
N = 6


def batch() -> dict[str, np.ndarray]:
    """A few specimens with every modality, and the noise."""
    rng = np.random.default_rng(3)
    return {
        "image": rng.random((N, 28, 28), np.float32),
        "curve": (3 + rng.standard_normal((N, 20))).astype(np.float32),
        "noise": rng.standard_normal((N, 3)).astype(np.float32),
    }


def ours(preset: str) -> fp.FingerprintModel:
    """A model with general numbers everywhere, clusters overlapping."""
    rng = np.random.default_rng(4)
    curve = fp.Curve("curve", np.linspace(0, 1, 20), fp.experts.Proportional())
    model = fp.FingerprintModel([fp.Image("image"), curve], 10, preset=preset)
    model.means.assign(rng.standard_normal((10, 3)))
    model.log_variances.assign(0.3 * rng.standard_normal((10, 3)))
    model.logits.assign(rng.standard_normal(10))
    model.expert_parameters["curve"].assign(np.arange(10.0)[:, np.newaxis] + 0.1)
    model.expert_log_variance["curve"].assign(0.2 * rng.standard_normal(10) - 1)
    model.scaling["curve"].assign([1.5, 2.0])
    for network in (*model.encoders.values(), *model.decoders.values()):
        for weight in network.trainable_weights:
            if len(weight.shape) == 1:  # biases start at zero, and would hide a wrong order
                weight.assign(np.asarray(weight) + 0.1 * rng.standard_normal(weight.shape))
    return model


def opponent(model: fp.FingerprintModel, dtype: torch.dtype = torch.float32) -> TorchModel:
    """PyTorch's model with the same weights."""
    found = TorchModel(model.architecture, model.preset.training)
    torch_weights.load(found, model)
    return found.to(dtype).to(memory_format=torch.channels_last)


def told(dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    """The batch as the opponent sees it: images and curves turned round."""
    arrays = batch()
    image = torch.from_numpy(arrays["image"]).flip(1, 2).unsqueeze(1).to(dtype)
    curve = torch.from_numpy(arrays["curve"]).flip(1).to(dtype)
    noise = torch.from_numpy(arrays["noise"]).to(dtype)
    return [image, curve, noise]


def our_terms(model: fp.FingerprintModel, n_unimodal: int = 0) -> dict[str, tf.Tensor]:
    """Batch means of the terms in training mode."""
    arrays = batch()
    terms = model.terms(
        {name: tf.constant(arrays[name]) for name in ("image", "curve")},
        tf.constant(arrays["noise"]),
        model.preset.training.assignment,
        n_unimodal=n_unimodal,
        training=True,
    )
    return {name: tf.reduce_mean(term) for name, term in terms.items()}


@pytest.mark.parametrize("preset", PRESETS)
def test_networks_emit_the_same_numbers(preset):
    model, arrays = ours(preset), batch()
    theirs_ = opponent(model)
    image, curve, noise = told()
    scaled = (arrays["curve"] - 1.5) / 2.0
    with torch.no_grad():
        pairs = [
            (theirs_.image(image), model.encoders["image"](arrays["image"], training=True)),
            (
                theirs_.curve(((curve - 1.5) / 2.0).unsqueeze(1)),
                model.encoders["curve"](scaled, training=True),
            ),
            (theirs_.decoder(noise).flip(2, 3)[:, 0], model.decoders["image"](arrays["noise"])),
        ]
    for found, expected in pairs:
        assert_close(found.numpy(), np.asarray(expected), NETWORKS)


@pytest.mark.parametrize("n_unimodal", [0, 2, N // 2])
@pytest.mark.parametrize("preset", PRESETS)
def test_every_named_term_is_the_same(preset, n_unimodal):
    model = ours(preset)
    expected = our_terms(model, n_unimodal)
    found = opponent(model)(*told(), n_unimodal, skip=True)
    assert list(found) == list(expected)
    for name, term in found.items():
        assert_close(term.detach().numpy(), expected[name].numpy(), NETWORKS)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_plain_program_ignores_what_is_not_seen(preset):
    theirs_ = opponent(ours(preset))
    theirs_.eval()  # batch normalisation by running means: what else is in a batch plays no part
    with torch.no_grad():
        plain, skipping = (theirs_(*told(), 2, skip=skip) for skip in (False, True))
    for name, term in plain.items():
        assert_close(term.numpy(), skipping[name].numpy(), NETWORKS)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_gradient_is_the_same(preset):
    model = ours(preset)
    trained = [
        w for n in (*model.encoders.values(), *model.decoders.values()) for w in n.trainable_weights
    ]
    extra = {n: v for n, v in torch_weights.mixture(model).items() if n != "means"}
    with tf.GradientTape() as tape:
        tape.watch(list(extra.values()))
        loss = -tf.add_n(list(our_terms(model).values()))
    values = [w.value for w in trained]
    gradients = tape.gradient(loss, [*values, *extra.values()])
    by_id = {id(w): np.asarray(g) for w, g in zip(trained, gradients, strict=False)}

    theirs_ = opponent(model)
    (-torch.stack(list(theirs_(*told()).values())).sum()).backward()
    expected = torch_weights.network_arrays(model, lambda weight: by_id[id(weight)])
    for parameters, arrays in zip(torch_weights.networks(theirs_), expected, strict=True):
        for parameter, array in zip(parameters, arrays, strict=True):
            size = float(np.abs(array).max())
            assert_close(parameter.grad.numpy() / size, array / size, 20 * NETWORKS)
    # the paper's recipe leaves these to Adam as well; the fast one does not
    adam = preset == "paper"
    for name, gradient in zip(extra, gradients[len(trained) :], strict=True):
        parameter = getattr(theirs_, name)
        assert parameter.requires_grad is (adam and name != "expert_log_variance")
        if parameter.requires_grad:
            assert_close(parameter.grad.numpy(), np.asarray(gradient), NETWORKS)


def test_in_float64_it_is_the_same_bound():
    model = ours("paper")
    single, double = (opponent(model, d)(*told(d)) for d in (torch.float32, torch.float64))
    for name, term in double.items():
        assert term.dtype is torch.float64
        assert_close(single[name].detach().numpy(), term.detach().numpy(), NETWORKS)


def test_a_layer_without_a_rule_is_refused():
    network = tf.keras.Sequential([tf.keras.Input((4, 4, 1)), tf.keras.layers.DepthwiseConv2D(3)])
    with pytest.raises(TypeError, match="no rule for layer"):
        list(torch_weights._arrays(network, torch_weights.read_value))


@pytest.mark.parametrize(
    "setting", [Setting(8, 1), Setting(8, 1, channels_last=False), Setting(8, 1, shards=2)]
)
def test_the_opponent_learns(setting):
    arrays = batch()
    data = {
        name: np.tile(arrays[name], (4, *[1] * (arrays[name].ndim - 1)))
        for name in ("image", "curve")
    }
    training = TorchTraining(data, RECIPES["fast"], setting, torch.float32, 100)
    training.run(5)
    first = float(training.sums.sum()) / 5
    training.run(20)
    training.sums = 0.0
    training.run(5)
    assert float(training.sums.sum()) / 5 > first + 1


def test_halves_side_by_side_give_the_mean_of_their_gradients():
    arrays = batch()
    data = {name: arrays[name] for name in ("image", "curve")}
    training = TorchTraining(data, RECIPES["fast"], Setting(N, 1, shards=2), torch.float32, 100)
    whole = told()
    terms = training._side_by_side(whole)
    found = [p.grad.clone() for p in training.trained]
    expected = [torch.zeros_like(p) for p in training.trained]
    for half in (slice(0, N // 2), slice(N // 2, N)):
        loss, _ = training._loss(*(x[half] for x in whole), training._n_unimodal(N // 2), skip=True)
        for total, gradient in zip(
            expected, torch.autograd.grad(loss, training.trained), strict=True
        ):
            total += gradient / 2
    for one, other in zip(found, expected, strict=True):
        size = max(float(other.abs().max()), 1e-3)
        assert_close(one.numpy() / size, other.numpy() / size, NETWORKS)
    assert terms.shape == (6,)


def test_images_are_moved_as_the_recipe_says():
    image = np.zeros((1, 28, 28), np.float32)
    image[0, 10, 14] = 1.0
    data = {"image": np.repeat(image, 300, axis=0), "curve": np.zeros((300, 20), np.float32)}
    shift = RECIPES["fast"].training.shift
    assert shift == 1  # or the positions below are others
    training = TorchTraining(data, RECIPES["fast"], Setting(8, 1), torch.float32, 100)
    moved = training._images(torch.arange(300))
    assert moved.shape == (300, 1, 28, 28)
    assert float(moved.sum()) == 300.0
    places = {tuple(p[2:]) for p in moved.nonzero().tolist()}
    # turned by 180 degrees the pixel lies at (17, 13)
    assert places == {(17 + i, 13 + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    still = TorchTraining(data, RECIPES["paper"], Setting(8, 1), torch.float32, 100)
    assert {tuple(p[2:]) for p in still._images(torch.arange(9)).nonzero().tolist()} == {(17, 13)}


def test_an_opponent_tries_its_settings_and_keeps_the_fastest():
    speed = {"batch 128": 10.0, "batch 256": 30.0, "batch 512": 20.0}

    class Named(str):
        __slots__ = ()

        def words(self) -> str:
            return str(self)

    def start(setting: str) -> str:
        if setting == "compiled":
            raise RuntimeError("no compiler")
        return setting

    settings = [Named(s) for s in (*speed, "compiled")]
    found = theirs.choose(settings, start, lambda training: speed[training])
    assert found == ("batch 256", speed | {"compiled": "failed: RuntimeError"})
    with pytest.raises(RuntimeError, match="No setting of this opponent works"):
        theirs.choose(settings[-1:], start, lambda training: 1.0)
    # a later trial goes on from there
    late = [Named("late")]
    assert theirs.choose(late, start, lambda _: 29.0, found)[0] == "batch 256"
    assert theirs.choose(late, start, lambda _: 31.0, found) == ("late", found[1] | {"late": 31.0})


def test_a_bound_that_is_not_a_number_is_no_opponent():
    class Broken:
        sums = torch.tensor([1.0, float("nan")])

    with pytest.raises(FloatingPointError, match="speed means nothing"):
        theirs.finite(Broken(), 1.0)


def test_every_batch_size_is_tried_and_half_the_threads_where_there_are_two():
    tried = candidates(2, (128, 256))
    assert tried[:2] == [Setting(128, 2), Setting(256, 2)]
    assert Setting(128, 1) in tried
    assert Setting(128, 2, channels_last=False) in tried
    assert {s.threads for s in candidates(1, (128,))} == {1}
    assert not any(s.compiled for s in tried)
    assert candidates(2, (128, 256), shards=2) == [Setting(128, 1, shards=2)]


PRODUCTS = [
    Product("a", "dense", (5,), (4,)),
    Product("b", "convolution", (6, 6, 2), (4, 4, 3), (3, 3)),
    Product("c", "convolution", (6, 6, 2), (3, 3, 3), (3, 3), 2, "same"),
    Product("d", "convolution", (1, 6, 2), (1, 3, 3), (1, 3), 2, "same"),
    Product("e", "transposed", (3, 3, 2), (6, 6, 3), (3, 3), 2, "same"),
    Product("f", "transposed", (6, 6, 2), (6, 6, 1), (3, 3), 1, "same"),
]


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: f"{p.kind} {p.name}")
def test_both_frameworks_compute_products_of_the_same_shapes(product, monkeypatch):
    monkeypatch.setattr(floor, "COPIES", 1)
    x, kernel, gradient = floor.arrays(product, 2)
    shapes = {"forward": gradient.shape, "input": x.shape, "kernel": kernel.shape}
    for form in floor.forms(product):
        (found,) = floor.tensorflow_call(product, form, 2)()
        assert tuple(found.shape) == shapes[form]
        halves = floor.tensorflow_call(product, form, 2, shards=2)()
        assert len(halves) == 2
        assert all(len(half.shape) == len(shapes[form]) for half in halves)
        result = floor.torch_call(product, form, 2)()
        results = result if isinstance(result, tuple) else (result,)
        (other,) = (r for r in results if r is not None)
        assert sorted(other.shape) == sorted(found.shape)
        assert sum(other.shape) == sum(found.shape)
