from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.planning.environment_paths import component_name, dns_name, meaning_of


@pytest.mark.parametrize(
    ("path", "environment", "pattern", "is_sure"),
    [
        ("overlays/staging", "staging", "overlays/{environment}", True),
        ("clusters/prod-eu", "prod-eu", "clusters/{environment}", True),
        ("clusters/blue/apps", "blue", "clusters/{environment}/apps", True),
        ("apps/shop/overlays/production", "production", "apps/shop/overlays/{environment}", True),
        ("apps/production", "production", "apps/{environment}", True),
        ("production/apps/test", "production", "{environment}/apps/test", True),
        ("kubernetes/envs/qa/shop", "qa", "kubernetes/envs/{environment}/shop", True),
        ("overlays/with-tls", "with-tls", "overlays/{environment}", False),
        ("overlays/tls/dev", "dev", "overlays/tls/{environment}", True),
        ("us-east1-staging/shop", "us-east1-staging", "{environment}/shop", False),
        ("apps/test", "test", "apps/{environment}", False),
        ("apps/dev-tools", "default", "apps/dev-tools", False),
        ("overlays/base", "default", "overlays/base", False),
        ("infrastructure/controllers", "default", "infrastructure/controllers", False),
        ("", "default", "", False),
    ],
)
def test_what_a_path_means(path: str, environment: str, pattern: str, is_sure: bool) -> None:
    found = meaning_of(path)
    assert (found.environment, found.pattern, found.is_sure) == (environment, pattern, is_sure)


parts = st.sampled_from(["apps", "overlays", "clusters", "dev", "prod-eu", "web", "base", "test"])


@given(st.lists(parts, min_size=1, max_size=5).map("/".join))
def test_the_pattern_with_the_environment_is_the_path(path: str) -> None:
    found = meaning_of(path)
    assert found.pattern.replace("{environment}", found.environment) == path
    assert meaning_of(path) == found


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("overlays/{environment}", "shop"),
        ("apps/{environment}", "apps"),
        ("apps/Web_UI/overlays/{environment}", "apps-web-ui"),
        ("{environment}/apps/web", "apps-web"),
        ("clusters/{environment}/infra", "infra"),
        ("", "shop"),
    ],
)
def test_a_component_is_called_like_its_folders(pattern: str, name: str) -> None:
    assert component_name(pattern, top="Shop") == name


@given(st.text(max_size=100))
def test_a_name_fits_a_cluster(text: str) -> None:
    name = dns_name(text)
    assert len(name) <= 63
    assert name == "" or (name[0] + name[-1]).isalnum()
