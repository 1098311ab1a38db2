// Command shapes prints, as JSON, how Go's Kubernetes types serialise: for each type its fields, which of them
// disappear when they hold a zero value, and which hold a value with a canonical text of its own.
//
// Reads: the types that client-go registers. Makes: the JSON that `python -m tools.plugins.kubernetes.generate` merges.
// Run: go run . > ../shapes.json
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

// special names the types whose JSON is not the JSON of their Go fields.
var special = map[string]string{
	"k8s.io/apimachinery/pkg/api/resource.Quantity":   "q",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString": "x",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":       "t",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":  "u",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":   "d",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":   "j",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":    "j",
	"k8s.io/apimachinery/pkg/runtime.Object":          "j",
	"k8s.io/apimachinery/pkg/runtime.Unknown":         "j",
}

type shapes struct {
	Kinds map[string]string            `json:"kinds"`
	Types map[string]map[string]string `json:"types"`
}

func name(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }

// spec is the type in letters: s i n b for scalars, [X] {X} for lists and maps, @name for a struct.
func (s *shapes) spec(t reflect.Type) string {
	if letter, ok := special[name(t)]; ok {
		return letter
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.spec(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "y"
		}
		return "[" + s.spec(t.Elem()) + "]"
	case reflect.Map:
		return "{" + s.spec(t.Elem()) + "}"
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Float32, reflect.Float64:
		return "n"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint32, reflect.Uint64:
		return "i"
	case reflect.Struct:
		s.add(t)
		return "@" + name(t)
	}
	return "j"
}

// add records the fields of a struct; "-" marks a field that is left out when zero.
func (s *shapes) add(t reflect.Type) {
	if _, done := s.Types[name(t)]; done {
		return
	}
	fields := map[string]string{}
	s.Types[name(t)] = fields
	s.collect(t, fields)
}

func (s *shapes) collect(t reflect.Type, fields map[string]string) {
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		parts := strings.Split(field.Tag.Get("json"), ",")
		options := parts[1:]
		if parts[0] == "-" || !field.IsExported() {
			continue
		}
		inline := parts[0] == ""
		omit := false
		for _, option := range options {
			inline = inline || option == "inline"
			omit = omit || option == "omitempty" || option == "omitzero"
		}
		if inline {
			inner := field.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				s.collect(inner, fields)
			}
			continue
		}
		spec := s.spec(field.Type)
		// A pointer keeps its zero value, and a struct is never "empty" to Go's encoder.
		kind := field.Type.Kind()
		if omit && kind != reflect.Pointer && kind != reflect.Struct {
			spec = "-" + spec
		}
		fields[parts[0]] = spec
	}
}

func main() {
	out := shapes{Kinds: map[string]string{}, Types: map[string]map[string]string{}}
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal || strings.HasSuffix(gvk.Kind, "List") || strings.HasSuffix(gvk.Kind, "Options") {
			continue
		}
		if _, hasMeta := t.FieldByName("ObjectMeta"); !hasMeta {
			continue
		}
		out.Kinds[strings.TrimPrefix(gvk.Group+"/"+gvk.Version+"/"+gvk.Kind, "/")] = name(t)
		out.add(t)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(out); err != nil {
		panic(err)
	}
}
