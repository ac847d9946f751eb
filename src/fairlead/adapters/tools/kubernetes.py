"""Kubernetes' programs as one multi-call binary.

Linked as one they take 140 MB and one link, instead of six of 50 to 100 MB each: most of their packages are shared.
Upstream's module refuses `go install`, for its replaces point into the source tree; each staging module is replaced by
its published release instead.
"""

from __future__ import annotations

from fairlead.adapters.tools.tool import GoBuild

VERSION = "1.34.2"
PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kubelet", "kube-proxy")

_STAGING = (
    *("api", "apiextensions-apiserver", "apimachinery", "apiserver", "cli-runtime", "client-go", "cloud-provider"),
    *("cluster-bootstrap", "code-generator", "component-base", "component-helpers", "controller-manager", "cri-api"),
    *("cri-client", "csi-translation-lib", "dynamic-resource-allocation", "endpointslice", "externaljwt", "kms"),
    *("kube-aggregator", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubectl", "kubelet", "metrics"),
    *("mount-utils", "pod-security-admission", "sample-apiserver", "sample-cli-plugin", "sample-controller"),
)

# What the six main packages of the release do, behind one name each.
_MAIN = """\
// One program for six: the name it is called by says which.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	_ "time/tzdata" // time zones of CronJobs, on machines without a zone database

	"github.com/spf13/cobra"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// Functions, not commands: making a command registers flags and feature gates for the whole process.
var servers = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-proxy":              proxy.NewProxyCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
}

func main() {
	name := filepath.Base(os.Args[0])
	if server, ok := servers[name]; ok {
		os.Exit(cli.Run(server()))
	}
	if name != "kubectl" {
		fmt.Fprintf(os.Stderr, "%s: call this program by the name of one of its parts\\n", name)
		os.Exit(64)
	}
	logs.GlogSetter(kubectl.GetLogVerbosity(os.Args))
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}
"""

# As the release of 2025-11-11 states them; the time is that of the tag, so that two builds are the same bytes.
_STAMP = {
    "gitVersion": f"v{VERSION}",
    "gitMajor": "1",
    "gitMinor": "34",
    "gitCommit": "8cc511e399b929453cd98ae65b419c3cc227ec79",
    "gitTreeState": "clean",
    "buildDate": "2025-11-11T19:00:37Z",
}

_STAGING_VERSION = VERSION.replace("1.", "v0.", 1)

KUBERNETES = GoBuild(
    name="kubernetes",
    version=VERSION,
    go="1.24.0",
    godebug={"default": "go1.24"},
    modules={
        "k8s.io/kubernetes": f"v{VERSION}",
        **{f"k8s.io/{name}": _STAGING_VERSION for name in ("client-go", "component-base", "kubectl")},
    },
    replaces={f"k8s.io/{name}": f"k8s.io/{name} {_STAGING_VERSION}" for name in _STAGING},
    main=_MAIN,
    links=PROGRAMS,
    stamps={
        f"{package}.{name}": value
        for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
        for name, value in _STAMP.items()
    },
)
