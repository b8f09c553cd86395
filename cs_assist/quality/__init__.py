"""Quality scores, key figures and pages to look at."""
