# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: ["results/*/*.json"]
# ---

# %% [markdown]
# (sec-ledger)=
# # The ledger of claims
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** Which claims of the paper hold?
#
# **Method.** Test each with published runs, by rules and thresholds that stand beside it.
#
# **Finding.** {glue:text}`claims-count` claims make {glue:text}`claims-tests` tests: {glue:text}`claims-tally`.
# :::
#
# {numref}`tbl-claims` lists the claims of {cite:t}`trask2022pima` and what the published records say of each. A claim is tested with the recipe that the row names, and where the paper's recipe and
# ours could differ, with both. The verdicts are computed, by rules that stand with their reasons in `book/claims.yml`.
#
# A verdict is about the expected value over seeds, and over test specimens where they are drawn: it needs at least {glue:text}`claims-fewest` runs and an interval. *Reproduced*: all of the interval meets the claim. *Not
# reproduced*: none of it does. *Undecided*: a part. *In part*: all of it meets a second, lower threshold that was set beforehand. Accuracies have the spread between seeds and the sampling of the test set in their
# interval; comparisons are differences in pairs of the same seed.
#
# {bdg-secondary-line}`curve made from label` marks a number that is reached by *seeing* such a curve: whoever reads its slope knows the digit. The rows without the mark that speak of the image alone
# owe what they know to such curves in training.
#
# <script src="../_static/ledger.js" defer></script>

# %% tags=["remove-input"]
#| label: tbl-claims
#| caption: >-
#|   Claims of the paper. *Recipe*: how the models were trained. *Measured*: mean over published runs with its
#|   95 % interval, differences in percentage points; it leads to its page. *n*: runs, or pairs. A dash:
#|   {ref}`not in our copy <sec-errata-lost>`.
from IPython.display import Markdown

import paperbook
from paperbook import claims, intervals, ledger

told = paperbook.data("claims.yml")
tests = claims.parse(told)
judged = ledger.ledger(tests)
paperbook.glue(
    "claims",
    count=len({test.claim for test in tests}),
    tests=len(tests),
    tally=ledger.tally(judged),
    fewest=intervals.FEWEST,
)
paperbook.table(ledger.rows(judged), index=False, formats={"n": str})

# %% tags=["remove-input"]
recipes = (f"*{name}*: {its['means']}" for name, its in told["recipes"].items())
Markdown("The recipes. " + "; ".join(recipes) + ".")

# %% tags=["remove-input", "hide-output"] mystnb={"code_prompt_show": "Show the thresholds and their reasons", "code_prompt_hide": "Hide the thresholds"}
#| label: tbl-claims-reasons
#| caption: >-
#|   What each claim has to reach, and why that.
paperbook.table(ledger.reasons(tests), index=False)
