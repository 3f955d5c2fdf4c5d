"""The command ``qslc verdict``: whether a compiled layer is feasible on its chip."""
