// Command convert prints what Go makes of quantities and of objects: the expected results of the plugin's own
// normalisation, stored in tests/tools/plugins/kubernetes/go_cases.json.
//
// Reads: {"Quantities": [...], "Objects": [...]} from stdin. Makes: the same with each in Go's own form.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	var in struct {
		Quantities []string
		Objects    []map[string]any
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	out := struct {
		Quantities map[string]string
		Objects    []any
	}{map[string]string{}, nil}
	for _, q := range in.Quantities {
		parsed, err := resource.ParseQuantity(q)
		if err != nil {
			out.Quantities[q] = "error"
		} else {
			out.Quantities[q] = parsed.String()
		}
	}
	for _, o := range in.Objects {
		u := unstructured.Unstructured{Object: o}
		typed, err := scheme.Scheme.New(u.GroupVersionKind())
		if err == nil {
			err = runtime.DefaultUnstructuredConverter.FromUnstructured(o, typed)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			out.Objects = append(out.Objects, nil)
			continue
		}
		back, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
		if err != nil {
			panic(err)
		}
		out.Objects = append(out.Objects, back)
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", " ")
	_ = e.Encode(out)
}
