"""The port `Images`: one-layer OCI images of Go programs and Debian packages, made without a container engine."""
