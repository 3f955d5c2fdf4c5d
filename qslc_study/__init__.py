"""Compare fine-tuning methods on one model, one data set and the same effort: ``qslc study``.

A study is read and checked (``spec``), its data split (``pairs``) and its runs listed (``plan``).
Each run trains in a process of its own (``training``, the only part that loads TensorFlow) and
leaves one record (``store``). Scores, statistics and reports are made from the records alone.
"""
