// Plays the part that a test asks for: crash WORDS, idle, registry ADDRESS, deny ADDRESS WORDS.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	switch os.Args[1] {
	case "crash":
		fmt.Println("starting")
		fmt.Println(strings.Join(os.Args[2:], " "))
		os.Exit(3)
	case "idle":
		stopped := make(chan os.Signal, 1)
		signal.Notify(stopped, syscall.SIGTERM)
		<-stopped
	case "registry":
		http.HandleFunc("/", haveNothing)
		log.Fatal(http.ListenAndServe(os.Args[2], nil))
	case "deny":
		http.HandleFunc("/", func(out http.ResponseWriter, in *http.Request) { deny(out, in, strings.Join(os.Args[3:], " ")) })
		log.Fatal(http.ListenAndServeTLS(os.Args[2], "/tls/tls.crt", "/tls/tls.key", nil))
	}
}

func haveNothing(out http.ResponseWriter, in *http.Request) {
	if in.URL.Path == "/v2/" {
		return
	}
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(http.StatusNotFound)
	fmt.Fprint(out, `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`)
}

func deny(out http.ResponseWriter, in *http.Request, words string) {
	var review struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Request    struct {
			UID string `json:"uid"`
		} `json:"request"`
	}
	if err := json.NewDecoder(in.Body).Decode(&review); err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	out.Header().Set("Content-Type", "application/json")
	json.NewEncoder(out).Encode(map[string]any{
		"apiVersion": review.APIVersion,
		"kind":       review.Kind,
		"response": map[string]any{
			"uid":     review.Request.UID,
			"allowed": false,
			"status":  map[string]any{"message": words},
		},
	})
}
