"""Long runs for ``make soak``; the tests beside them run each for a moment."""
