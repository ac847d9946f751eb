"""One client of OCI registries, for images and for charts."""
