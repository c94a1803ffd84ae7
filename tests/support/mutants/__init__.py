"""Wrong formulas, each of which the tests have to reject.

They are the misprints and ambiguities of the paper, mistakes found in public implementations of the
same bound, and slips that are easy to make. Those that are whole algorithms are written out; the
others alter the result of the right function, so that nothing but the one mistake is wrong. In each
module `MUTANTS[function][mistake]` takes the arguments of the right function.
"""
