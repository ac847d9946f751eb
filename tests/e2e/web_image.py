"""A small image that tests run as real pods: it serves, fetches, resolves, keeps a file, and refuses as a webhook."""

from __future__ import annotations

import asyncio

from e2e.rig import image_builder
from fairlead.model.image import BuiltImage, GoSource, ImageRequest, ImageSource

_PROGRAM = r"""
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

func answer(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	fmt.Fprintln(w, value)
}

func admit(w http.ResponseWriter, r *http.Request) {
	var review struct {
		Request struct {
			UID string `json:"uid"`
		} `json:"request"`
	}
	json.NewDecoder(r.Body).Decode(&review)
	json.NewEncoder(w).Encode(map[string]any{
		"apiVersion": "admission.k8s.io/v1",
		"kind":       "AdmissionReview",
		"response": map[string]any{
			"uid": review.Request.UID, "allowed": false, "status": map[string]any{"message": "not on my watch"}},
	})
}

func serve() {
	name, _ := os.Hostname()
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { answer(w, name, nil) })
	http.HandleFunc("/admit", admit)
	http.HandleFunc("/lookup", func(w http.ResponseWriter, r *http.Request) {
		found, err := net.LookupHost(r.FormValue("name"))
		answer(w, strings.Join(found, " "), err)
	})
	http.HandleFunc("/get", func(w http.ResponseWriter, r *http.Request) {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		got, err := client.Get(r.FormValue("url"))
		if err != nil {
			answer(w, "", err)
			return
		}
		text, err := io.ReadAll(got.Body)
		answer(w, strings.TrimSpace(string(text)), err)
	})
	http.HandleFunc("/write", func(w http.ResponseWriter, r *http.Request) {
		answer(w, "written", os.WriteFile("/data/kept", []byte(r.FormValue("text")), 0o644))
	})
	http.HandleFunc("/read", func(w http.ResponseWriter, r *http.Request) {
		text, err := os.ReadFile("/data/kept")
		answer(w, string(text), err)
	})
	if _, err := os.Stat("/tls/tls.crt"); err == nil {
		go func() { log.Fatal(http.ListenAndServeTLS(":8443", "/tls/tls.crt", "/tls/tls.key", nil)) }()
	}
	log.Println("serving")
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func main() {
	if len(os.Args) < 2 {
		serve()
	}
	switch os.Args[1] {
	case "say":
		fmt.Println(strings.Join(os.Args[2:], " "))
	case "echo":
		io.Copy(os.Stdout, os.Stdin)
	case "fail":
		os.Exit(7)
	}
}
"""


def web_image() -> BuiltImage:
    """Built once per user, as the product does."""
    module = "module example.test/web\n\ngo 1.21\n"
    source = GoSource(texts={"go.mod": module, "main.go": _PROGRAM}, programs={"/web": "."})
    return asyncio.run(image_builder().build(ImageRequest(name="e2e-web", source=ImageSource(go=source)), tell=print))
