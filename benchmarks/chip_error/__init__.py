"""Total error of README's layer on a chip, prepared, trained in three ways."""
