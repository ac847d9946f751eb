"""A good folder of plain manifests, which somebody applies with `kubectl apply -f`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SHOP: Final = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: shop
          image: registry.example.test/shop:1.4.0
          args: ["--home=${HOME}"]
"""
SERVICE: Final = """apiVersion: v1
kind: Service
metadata:
  name: shop
spec:
  selector: {app: shop}
  ports: [{port: 80}]
"""
CONFIG: Final = """apiVersion: v1
kind: ConfigMap
metadata:
  name: page
data:
  page: "<p>{{ greeting }}</p>"
"""

TREE: Final[Mapping[str, str]] = {
    "k8s/deployment.yaml": SHOP,
    "k8s/service.yaml": SERVICE,
    "k8s/page.yaml": CONFIG,
}
