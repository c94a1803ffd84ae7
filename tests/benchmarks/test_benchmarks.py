"""The benchmark: what it counts, how it takes turns, what it makes of the answers."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from benchmarks import measure, products, run, summary
from benchmarks.contest import Contest
from benchmarks.ours import stopwatch
from benchmarks.plan import FLOORS, JMVAE, OPPONENTS, PRESETS, QUICK, Plan, parse
from benchmarks.products import Product
from benchmarks.worker import Worker, WorkerError
from fplib import networks
from fplib.config import PRESETS as RECIPES
from fplib.config import Curve, Image
from fplib.experts import Proportional
from fplib.model import FingerprintModel
from fplib.training.loop import Descent
from paperbook import dependencies, pages, records
from tests.support.models import eagerly, specimens, tiny
from tests.support.tinybook import ROOT

# -- multiply-adds, counted by hand ---------------------------------------------------------------

IMAGE_HEAD = {"fast": 7 * 7 * 64 * 128 + 128 * 128 + 128 * 6, "paper": 24 * 24 * 64 * 6}
BY_HAND = {
    "fast": [
        14 * 14 * 9 * 32,
        7 * 7 * 9 * 32 * 64,
        7 * 7 * 64 * 128,
        128 * 128,
        128 * 6,
        10 * 3 * 8,
        5 * 3 * 8 * 16,
        5 * 16 * 64,
        64 * 6,
        3 * 256,
        256 * 7 * 7 * 32,
        7 * 7 * 9 * 32 * 16,
        14 * 14 * 9 * 16 * 16,
        28 * 28 * 9 * 16,
    ],
    "paper": [
        26 * 26 * 9 * 32,
        24 * 24 * 9 * 32 * 64,
        24 * 24 * 64 * 6,
        18 * 3 * 8,
        16 * 3 * 8 * 16,
        16 * 16 * 6,
        3 * 7 * 7 * 32,
        7 * 7 * 9 * 32 * 64,
        14 * 14 * 9 * 64 * 32,
        28 * 28 * 9 * 32,
    ],
}


def of_recipe(preset: str) -> list[Product]:
    """The products of the MNIST model."""
    architecture = RECIPES[preset].architecture
    image, curve = Image("image"), Curve("curve", np.linspace(0, 1, 20))
    encoders = [networks.encoder(m, 3, architecture, 0) for m in (image, curve)]
    found = [p for e in encoders for p in products.of_network(e, leaf=True)]
    return found + products.of_network(networks.decoder(image, 3, architecture, 0), leaf=False)


@pytest.mark.parametrize("preset", PRESETS)
def test_multiply_adds_are_those_counted_by_hand(preset):
    assert [p.multiply_adds for p in of_recipe(preset)] == BY_HAND[preset]


@pytest.mark.parametrize("preset", PRESETS)
def test_only_the_first_layers_of_encoders_read_data(preset):
    leaves = [p.name for p in of_recipe(preset) if p.leaf]
    assert leaves == ["encoder_image/1", "encoder_curve/1"]


def test_a_layer_that_nobody_counts_is_refused():
    network = keras.Sequential([keras.Input((4, 4, 1)), layers.DepthwiseConv2D(3, name="odd")])
    with pytest.raises(TypeError, match=r"'odd' of DepthwiseConv2D; add one"):
        products.of_network(network, leaf=True)


def test_layers_without_products_count_nothing():
    network = keras.Sequential([keras.Input((4,)), layers.BatchNormalization(), layers.ELU()])
    assert products.of_network(network, leaf=True) == []


def test_a_product_survives_json():
    for product in of_recipe("fast"):
        assert Product.from_json(product.to_json()) == product


def test_gflops_are_six_operations_a_multiply_add():
    assert products.gflops(1_000_000, 500.0) == pytest.approx(3.0)


# -- time -------------------------------------------------------------------------------------------


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_everyone_takes_a_turn_in_every_round_and_the_order_turns_round():
    log: list[str] = []

    def turn(name: str):
        def take() -> int:
            log.append(name)
            return len(log)

        return take

    answers = measure.alternate({name: turn(name) for name in "abc"}, 3)
    assert "".join(log) == "abccbaabc"
    assert answers == {"a": [1, 6, 7], "b": [2, 5, 8], "c": [3, 4, 9]}


def test_a_ratio_pairs_what_was_measured_in_the_same_round():
    # in a slow round both are slow: the ratio of each round is two, that of the medians is not
    assert measure.ratio([10.0, 4.0, 30.0], [5.0, 2.0, 15.0]) == pytest.approx(2.0)
    assert measure.ratio([10.0, 4.0, 4.2], [5.0, 2.0, 7.0]) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="zip"):
        measure.ratio([1.0, 2.0], [1.0])


def test_spread_is_half_the_quartile_distance_over_the_median():
    assert measure.spread([8.0, 9.0, 10.0, 11.0, 12.0]) == pytest.approx(0.1)
    assert measure.spread([8.0]) == 0.0


@pytest.mark.parametrize("a_step", [0.001, 0.1, 10.0])
def test_steps_fill_the_time_wished_for(a_step):
    taken: list[int] = []

    def run(steps: int) -> float:
        taken.append(steps)
        return steps * a_step

    assert measure.steps_for(3.0, run) == max(1, round(3.0 / a_step))
    assert sum(taken) * a_step <= max(2 * 3.0, 2 * a_step)  # the search costs no more than it finds


def test_the_shortest_of_several_calls_is_kept():
    clock, durations = Clock(), iter([5.0, 2.0, 4.0, 3.0, 1.0])

    def call() -> None:
        clock.now += next(durations)

    assert measure.shortest(call, 12.0, clock) == 2.0  # the fourth ends after twelve seconds
    assert next(durations) == 1.0


def test_the_shortest_is_of_three_calls_at_least():
    clock, durations = Clock(), iter([5.0, 3.0, 2.0])

    def call() -> None:
        clock.now += next(durations)

    assert measure.shortest(call, 0.0, clock) == 2.0


def test_the_stopwatch_finds_both_parts_of_an_epoch_and_leaves_fit_as_it_was():
    seen, before = [], Descent.epoch
    data = specimens(40)
    with eagerly(), stopwatch() as seconds:
        tiny().fit(data, epochs=2, callback=lambda _, row: seen.append(dict(seconds)))
    assert Descent.epoch is before
    assert set(seen[-1]) == {"adam", "em"}
    assert min(seen[-1].values()) > 0


# -- workers ----------------------------------------------------------------------------------------

ECHO = """
def main(options, channel):
    print("a library talks")
    channel.say({"told": options})
    channel.serve({"turn": lambda: {"step": 3.5}})
"""


@pytest.fixture
def echo(tmp_path: Path) -> dict[str, str]:
    """Environment in which a small worker can be found."""
    (tmp_path / "echo_worker.py").write_text(ECHO)
    return {"PYTHONPATH": str(tmp_path)}


def test_a_worker_answers_one_line_a_request_whatever_is_printed(echo):
    with Worker("echo_worker", {"digits": 7}, echo) as worker:
        assert worker.answer() == {"told": {"digits": 7}}
        assert [worker.ask("turn") for _ in range(2)] == [{"step": 3.5}] * 2


def test_a_worker_that_ends_is_an_error_with_its_exit_code(echo):
    with Worker("echo_worker", {}, echo) as worker:
        worker.answer()
        with pytest.raises(WorkerError, match=r"'echo_worker' ended with exit code 1"):
            worker.ask("nonsense")


# -- what is told and what is made of it ------------------------------------------------------------


def test_the_command_line_changes_what_it_names():
    assert parse([]) == Plan()
    assert parse(["--quick"]) == QUICK
    plan = parse(["--epochs", "3", "--epochs-crossmodal", "5", "--rounds", "9"])
    assert (plan.epochs, plan.epochs_crossmodal, plan.rounds) == (3, 5, 9)
    assert (plan.digits, plan.records) == (Plan().digits, Plan().records)
    assert parse(["--records", "results"]).records == "results"


def contest() -> Contest:
    """Answers of two rounds, the second twice as slow for everybody."""
    dense = Product("encoder_image/1", "dense", (100,), (10,), leaf=True)
    deconvolution = Product(
        "decoder_image/1", "transposed", (2, 2, 3), (4, 4, 1), (3, 3), 2, "same"
    )
    speed = {"fast": 3000.0, "paper": 300.0, JMVAE: 1000.0}
    speed |= {name: speed[preset] / 2 for name, (preset, *_) in OPPONENTS.items()}
    found = Contest(products={preset: [dense, deconvolution] for preset in PRESETS})
    for name, rate in speed.items():
        found.rounds[name] = [
            {"step": rate / slow, "em_pass": 3 * rate / slow, "epoch": 0.75 * rate / slow}
            for slow in (1, 2)
        ]
    times = {"tensorflow": (20e-6, 40e-6), "torch": (40e-6, 10e-6)}
    times["tensorflow_shards"] = (30e-6, 30e-6)
    for name in FLOORS:
        forward, kernel = times[name]
        both = [
            {"forward": forward, "kernel": kernel},
            {"forward": kernel, "input": forward, "kernel": kernel},
        ]
        found.rounds[name] = [{"fast": both, "paper": both, "peak": 100.0} for _ in range(2)]
    found.rates = {"stage_two": 2000.0, "inference": 9000.0}
    found.settings = {name: {"setting": "batch 128", "tried": {}} for name in (*OPPONENTS, JMVAE)}
    return found


def test_a_summary_compares_round_by_round():
    found = summary.metrics(contest())
    assert found["images_per_second.fast"] == 2250.0
    assert found["ratio.torch_float32.fast"] == pytest.approx(2.0)
    assert found["ratio.torch_float64.paper"] == pytest.approx(2.0)
    # an epoch of ours with its EM pass: three quarters of 3000 against 1000
    assert found[f"ratio.{JMVAE}"] == pytest.approx(2.25)
    both = [1 / (1 / (2250 / slow) + 1 / 2000) / (1000 / slow) for slow in (1, 2)]
    assert found[f"ratio.{JMVAE}.two_stages"] == pytest.approx(np.mean(both))


def test_the_floor_is_the_fastest_way_product_by_product():
    found = summary.metrics(contest())
    # dense: forward 20 (TensorFlow), kernel 10 (PyTorch); transposed: 10, 20, 10
    assert found["microseconds.fast.dense"] == pytest.approx(30.0)
    assert found["microseconds.fast.transposed"] == pytest.approx(40.0)
    assert found["microseconds.fast.floor"] == pytest.approx(70.0)
    assert found["microseconds.fast.input"] == [0.0, pytest.approx(20.0)]
    assert found["roofline.fast"] == pytest.approx(70e-6 * 2250)
    count = 100 * 10 + 2 * 2 * 9 * 3
    assert found["gflops.fast"] == pytest.approx(6 * count * 2250 / 1e9)
    told = summary.parameters(contest())["products"]["fast"]
    assert told[1]["fastest"] == {"forward": "torch", "input": "tensorflow", "kernel": "torch"}


def test_a_summary_makes_a_valid_record(tmp_path):
    code = run.reached()
    assert {"benchmarks/theirs.py", "fplib/training/joint.py"} <= set(code.files)
    record = records.new(
        "bench",
        profile="smoke",
        parameters=QUICK.to_json() | summary.parameters(contest()),
        metrics=summary.metrics(contest()),
        seconds={"run": 1.0},
        synthetic_data=True,
        code_key=code.key,
        packages=dependencies.versions(code.packages),
    )
    found = records.read(records.write(record, "cores_2", tmp_path))
    assert found.pop("digest")
    assert found == record
    assert record["environment"]["tensorflow"]  # the page says what was measured
    assert not {"profile", "records"} & record["parameters"].keys()


def test_the_page_shows_what_was_measured_here_and_no_quick_look():
    page = pages.read_page(pages.page_path(ROOT, "bench"))
    assert f"{Plan().records}/bench/*.json" in pages.reads(page)
    assert QUICK.records != Plan().records


@pytest.mark.parametrize(("preset", "share"), [("fast", 2 / 3), ("paper", 1.0)])
def test_encoders_count_for_the_specimens_that_they_see(preset, share):
    curve = Curve("curve", np.linspace(0, 1, 20), Proportional())
    model = FingerprintModel([Image("image", (28, 28)), curve], 10, preset=preset)
    found = products.of_model(model)
    shares = {p.name.split("/")[0]: p.share for p in found}
    expected = {"encoder_image": share, "encoder_curve": share, "decoder_image": 1.0}
    assert shares == pytest.approx(expected)
    encoders = sum(p.multiply_adds for p in found if p.share < 1 or "encoder" in p.name)
    whole = sum(p.multiply_adds for p in found)
    assert products.multiply_adds(found) == pytest.approx(whole - (1 - share) * encoders)
