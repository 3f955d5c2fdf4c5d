"""Write the reports of a study from its summary alone."""
