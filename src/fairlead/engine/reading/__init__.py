"""Repositories as somebody wrote them: each dialect is read into the components of an environment."""
