# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# ---

# %% [markdown]
# (sec-presets)=
# # Two recipes
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** How do the paper's recipe and ours differ?
#
# **Method.** Compare the two configurations field by field.
#
# **Finding.** In {glue:text}`presets-count` fields; {doc}`factorial` measures which of them matter.
# :::
#
# The same model can be trained in many ways, and the paper leaves several of them open. `fplib` names two recipes. `paper` is Appendix A of
# {cite:t}`trask2022pima`, with gaps filled by what the authors' later release does {cite:p}`pima2022release`, or as {ref}`sec-errata` gives reasons for. `fast` is ours: it keeps the
# model of {ref}`sec-derivation` and changes the networks and the way to the optimum. {numref}`tbl-presets` is made from the two configurations themselves
# and lists every field in which they differ, with the reason. Some of the choices were first made by looking at test digits; {doc}`protocol` makes them anew on validation digits. Any field can be set by itself:
# `model.fit(data.train, separation=8.0)`.

# %%
import paperbook
from book.analysis import presets
from fplib.config import PRESETS

# %%
#| label: tbl-presets
#| caption: Every setting in which the two recipes differ.
reasons = paperbook.data("presets.yml")
differing = presets.differences(PRESETS, reasons)
paperbook.glue("presets", count=len(differing))
paperbook.table(differing, index=False)

# %% [markdown]
# What the recipes share: encoders of two convolutions with kernel 3, each followed by ELU and then batch normalisation; a decoder of transposed convolutions
# with strides 2, 2, 1 (the paper prints 3, with which a quarter-sized map cannot reach the full side); batches of 256, computed side by side as two shards of 128
# that are normalised each by itself (the paper names no batch size); and the centres by the streaming pass of
# {prf:ref}`alg-training`, written back once at the end of the pass, so that the order of the data does not matter.
