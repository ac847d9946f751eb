"""The pinned command-line tools: what is pinned (`table`), and where a program comes from (`chain`)."""
