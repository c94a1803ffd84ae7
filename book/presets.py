# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# ---

# %% [markdown]
# (sec-presets)=
# # Two recipes
#
# The same model can be trained in many ways, and the paper leaves several of them open. `fplib` names two recipes. `paper` is Appendix A of
# {cite:t}`trask2022pima`, with gaps filled by what the authors' later release does {cite:p}`pima2022release`, or as {ref}`sec-errata` gives reasons for. `fast` is ours: it keeps the
# model of {ref}`sec-derivation` and changes the networks and the way to the optimum. {numref}`tbl-presets` is made from the two configurations themselves
# and lists every field in which they differ, with the reason. Any field can be set by itself:
# `model.fit(data.train, separation=8.0)`.

# %% tags=["hide-input"]
import dataclasses

from IPython.display import Markdown

from fplib.config import PRESETS

WHY = {
    "architecture.stride": "Appendix A names no stride; the release uses 1 without padding. With stride 2 and zero padding the second "
    "convolution, the costliest layer, runs on a twelfth of the positions.",
    "architecture.image_hidden": "The clusters lie on a curved path, which a linear head has to follow with what the convolutions give it; "
    "two dense layers, each with batch normalisation, give it more freedom.",
    "architecture.curve_hidden": "The same, for the curve.",
    "architecture.decoder_hidden": "Makes up for the thinner maps behind it.",
    "architecture.decoder_channels": "With a strided encoder the decoder would be the costly half; fewer maps "
    "restore the balance; on clean digits the accuracy over ten seeds did not change.",
    "architecture.log_variance_bound": "An unbounded log-variance on a wide layer can overflow in the first steps of a high learning rate.",
    "training.epochs": "Appendix A gives hours, not epochs. `paper` takes as many as asked for.",
    "training.learning_rate": "The paper's rate was found by a search on validation loss, at unknown batch size and length; with a warm-up, "
    "clipping and a start that needs no luck, the published runs trained at a rate hundreds of times higher.",
    "training.schedule": "A high rate needs to come down at the end.",
    "training.warmup_steps": "Adam's moment estimates are noise in the first steps.",
    "training.gradient_clip": "One badly placed specimen must not undo an epoch.",
    "training.responsibilities": "The exact optimum of the bound for $q(c|X)$ instead of the paper's approximation, which charges a specimen whose $Z$ "
    "falls into a wrong cluster an expert misfit that explodes as the expert noise shrinks {eq}`eq-mean-field`.",
    "training.start": "A mixture of experts on the curves alone, label-free, instead of ten experts that start alike and must break symmetry by chance.",
    "training.evidence_epochs": "While the latent space is still random it must not overrule the curves.",
    "training.widths": "Specimens encoded from one modality have wide posteriors, and widths learned by Adam grow after them; held at one, they set the unit of "
    "length of the latent space.",
    "training.weights": "Closed form {eq}`eq-em-weight`.",
    "training.experts": "Closed form {eq}`eq-wls`; the paper derives it, recommends it, and uses Adam.",
    "training.expert_variance": "The paper fixes the expert's standard deviation at one, a hundred times the clean noise. Its minimiser has a closed form "
    "{eq}`eq-expert-variance`.",
    "training.modality_dropout": "Encoding a third of the specimens from each modality alone teaches every encoder to place specimens by itself; the journal version of the "
    "paper {cite:p}`pima2024journal` does something similar. The bound is always over all modalities; an encoder "
    "leaves out the specimens that it is not to see.",
    "training.shift": "As in the second stage: the image encoder has to do as well on digits that it has not seen. With a noisy curve the fused "
    "estimate depends on it.",
    "training.keep": "With the rate close to zero in the end, the last epoch is the one to keep.",
    "crossmodal.epochs": "As for the first stage.",
    "crossmodal.learning_rate": "As for the first stage.",
    "crossmodal.curve_learning_rate": "One rate serves both encoders.",
    "crossmodal.schedule": "As for the first stage.",
    "crossmodal.warmup_steps": "As for the first stage.",
    "crossmodal.gradient_clip": "As for the first stage.",
    "crossmodal.cluster_weight": "The joint posterior has two factors, $q(Z|X)$ and $q(c|X)$; the paper's divergence imitates the first, this adds the second.",
    "crossmodal.warm_start": "Dropout has already made stage one's encoder a unimodal one; the paper starts afresh.",
    "crossmodal.shift": "Moving a training image by a pixel changes nothing about its cluster.",
}


def shown(value: object) -> str:
    """A setting in a table."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


sides = {name: dataclasses.asdict(preset) for name, preset in PRESETS.items()}
lines = []
for group, settings in sides["paper"].items():
    for field, value in settings.items():
        other = sides["fast"][group][field]
        if other != value:
            name = f"{group}.{field}"
            # a bar would end the cell of a Markdown table
            reason = WHY[name].replace("|", r"\mid ")
            lines.append(f"| `{name}` | {shown(value)} | {shown(other)} | {reason} |")

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
Markdown(
    ":::{table} Every setting in which the two recipes differ.\n:name: tbl-presets\n\n"
    "| setting | `paper` | `fast` | why |\n|:--|:--|:--|:--|\n" + "\n".join(lines) + "\n:::"
)

# %% [markdown]
# What the recipes share: encoders of two convolutions with kernel 3, each followed by ELU and then batch normalisation; a decoder of transposed convolutions
# with strides 2, 2, 1 (the paper prints 3, with which a quarter-sized map cannot reach the full side); batches of 256, computed side by side as two shards of 128
# that are normalised each by itself (the paper names no batch size); and the centres by the streaming pass of
# {prf:ref}`alg-training`, written back once at the end of the pass, so that the order of the data does not matter.
