"""helmfile's own evaluation of its files, without a network and without a command of theirs being run."""
