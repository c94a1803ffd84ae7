# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: ["results/audit/*.json", "runs/own/audit/*.json"]
# ---

# %% [markdown]
# (sec-audit)=
# # Can these numbers be trusted?
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** Can the numbers of this book be trusted?
#
# **Method.** Plant lies into a copy of the book, one at a time, and see whether its audit notices.
#
# **Finding.** Of {glue:text}`audit-planted` lies it noticed {glue:text}`audit-noticed` ({glue:text}`audit-share`). In the book as it was, it found {glue:text}`audit-alarms` faults.
# :::
#
# A number travels a long way to a page: a run measures it, a record keeps it, a table or a sentence takes it from there, and a build writes it down. At every step it can be changed, lost or left
# behind, by a slip more often than by intent. `make audit` follows each number of the built book back to what made it. Whether *that* can be trusted is a question for an experiment: lies are planted
# into a copy of the book, one at a time, and the audit has to notice.
#
# ## What is checked
#
# - A **record** carries a digest of its content, and a list beside the records names them all. One that was edited, added or lost is noticed; one of the older kind, without a digest of its own, is on the list.
# - The **stored run** of a page carries a key of the code, the parameters and the records that it depends on, and a digest of what it gave. A page whose records have changed since is noticed without
#   executing anything.
# - A **built page** has to show, number by number and in order, what its source and its stored run say: glued values, tables, captions, prose. Its pictures are the run's, to the byte; its code stands in a
#   source; a reference has the number of what it leads to; what comes from a docstring stands in one.
# - A **typed result**, a percentage or a number with a unit in prose, is glued or stands in a list with the reason why it is not.
# - **Labels and test data** are followed through the code of the pages; neither may reach a call that learns or chooses. Where labels are meant to teach, a list says so.
# - The **README**'s table is made again from the records and compared.

# %%
from pathlib import Path

import pandas as pd

import paperbook
from paperbook import records, workspace

here = workspace.root_or_none() or Path()
own = records.load("audit", here / "runs" / "own")  # made on this machine
record = (records.load("audit") + own)[-1]
found, told = record["metrics"], record["parameters"]
paperbook.glue(
    "audit",
    planted=found["planted.all"],
    noticed=found["noticed.all"],
    share=paperbook.percent(found["noticed.all"] / found["planted.all"], 1),
    alarms=found["alarms.untouched"],
    meant=found["meant.all"],
    each=told["each"],
    date=record["created"][:10],
    profile=record["profile"],
)

# %% [markdown]
# ## The lies
#
# {numref}`tbl-audit-lies` counts them by kind, up to {glue:text}`audit-each` of each, drawn at random on {glue:text}`audit-date` from the book of the profile {glue:text}`audit-profile`.
# A sum over every built file would notice any change of it, and say nothing of where a number comes from. So the last column counts the lies that were noticed by a check of what the
# number means, in all {glue:text}`audit-meant`: without the sums, and, for a lie in the code, without the key.

# %%
#| label: tbl-audit-lies
#| caption: >-
#|   Lies planted, those that the audit noticed, and those that it noticed by a check of the number itself.
columns = {"planted": "planted", "noticed": "noticed", "meant": "by a check of the number"}
rows = {
    words: {column: found.get(f"{name}.{slug}", 0) for name, column in columns.items()}
    for slug, words in told["kinds"].items()
}
paperbook.table(pd.DataFrame(rows).T.rename_axis("lie"))

# %% [markdown]
# Every lie that was missed, or that only a sum noticed:

# %%
missed = [words.split(": ", 3) for words in told["misses"]]
shown = pd.DataFrame(missed, columns=["how", "lie", "file", "change"]).map("`{}`".format)
paperbook.table(shown, index=False) if missed else "none"

# %% [markdown]
# ## What it cannot know
#
# Whoever can change a record can also sign it, list it, and build the book again. The audit guards against slips and against stale things, and makes a forgery deliberate; the proof of a number is to
# run it again ({doc}`running`). The list of kinds is ours, too: a lie of a kind that nobody thought of is in no table.
#
# `make lies` repeats the trial on the book that was built last; its seed and size are arguments.
