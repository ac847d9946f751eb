"""The images that an embedded node runs itself, all from Go modules."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.model.image import GoSource, ImageRequest, ImageSource

_PAUSE = """\
// Holds a pod's namespaces, and collects the children that the others leave behind.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			if child, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); child <= 0 || err != nil {
				break
			}
		}
	}
}
"""


_VOLUME_HELPER = """\
// Makes and removes the folder of a volume for local-path-provisioner, whose own way is a shell script:
// -p FOLDER -s BYTES -m MODE -a create|delete
package main

import (
	"flag"
	"log"
	"os"
)

func main() {
	folder := flag.String("p", "", "the volume's folder")
	flag.String("s", "", "its size in bytes")
	flag.String("m", "", "its mode")
	action := flag.String("a", "", "create or delete")
	flag.Parse()
	var err error
	switch {
	case *folder == "":
		log.Fatal("no folder")
	case *action == "create":
		if err = os.MkdirAll(*folder, 0o777); err == nil {
			err = os.Chmod(*folder, 0o777)
		}
	case *action == "delete":
		err = os.RemoveAll(*folder)
	default:
		log.Fatalf("unknown action: %q", *action)
	}
	if err != nil {
		log.Fatal(err)
	}
}
"""

# In the order that CoreDNS runs them. With all its plugins it takes 140 s to build and 75 MB, most of them three
# clouds' clients. The two files are what its own generator writes from plugin.cfg.
_DNS_PLUGINS = (
    *("metadata", "cancel", "reload", "bufsize", "bind", "debug", "ready", "health", "pprof", "metrics", "errors"),
    *("log", "dns64", "acl", "any", "chaos", "loadbalance", "cache", "rewrite", "header", "autopath", "minimal"),
    *("template", "transfer", "hosts", "kubernetes", "file", "auto", "loop", "forward", "erratic", "whoami"),
)
_DIRECTIVES = {"metrics": "prometheus"}


def _plugin_texts() -> Mapping[str, str]:
    imports = "".join(f'\t_ "github.com/coredns/coredns/plugin/{name}"\n' for name in _DNS_PLUGINS)
    names = "".join(f'\t"{_DIRECTIVES.get(name, name)}",\n' for name in _DNS_PLUGINS)
    return {
        "core/plugin/zplugin.go": f"package plugin\n\nimport (\n{imports})\n",
        "core/dnsserver/zdirectives.go": f"package dnsserver\n\nvar Directives = []string{{\n{names}}}\n",
    }


def _own(name: str, text: str, *paths: str) -> GoSource:
    module = f"module fairlead.dev/images/{name}\n\ngo 1.21\n"
    return GoSource(texts={"go.mod": module, "main.go": text}, programs=dict.fromkeys(paths, "."))


def _request(name: str, go: GoSource, *, user: str = "65532") -> ImageRequest:
    return ImageRequest(name=name, source=ImageSource(go=go, user=user))


ADDONS: Mapping[str, ImageRequest] = {
    request.name: request
    for request in (
        _request("pause", _own("pause", _PAUSE, "/pause")),
        _request(
            "coredns",
            GoSource(
                module="github.com/coredns/coredns",
                version="v1.12.4",
                programs={"/coredns": "."},
                texts=_plugin_texts(),
            ),
            # To listen on port 53.
            user="0",
        ),
        _request(
            "local-path-provisioner",
            GoSource(
                module="github.com/rancher/local-path-provisioner",
                version="v0.0.30",
                programs={"/usr/bin/local-path-provisioner": "."},
            ),
        ),
        # `setupCommand` and `teardownCommand` of the provisioner's config.json, in the image of its helperPod.yaml. It
        # writes to folders of the node as root.
        _request("volume-helper", _own("volume-helper", _VOLUME_HELPER, "/volume-helper"), user="0"),
    )
}
"""By name, as `ports.Images.build` takes them."""
