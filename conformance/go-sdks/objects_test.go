package gosdks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// object is a case of conformance/objects.
type object struct {
	name, says string
	request    map[string]any
	response   json.RawMessage
}

// objects are the cases of an endpoint, in order.
func objects(endpoint string) []object {
	files, err := filepath.Glob(filepath.Join("..", "objects", endpoint, "*.json"))
	if err != nil || len(files) == 0 {
		panic("no objects of " + endpoint)
	}
	sort.Strings(files)
	list := []object{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			panic(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		// No such text is a part of another.
		one := object{name: name, says: "<" + endpoint + "/" + name + ">"}
		var stored struct {
			Request  json.RawMessage
			Response json.RawMessage
		}
		if err := json.Unmarshal(data, &stored); err != nil {
			panic(file + ": " + err.Error())
		}
		one.response = stored.Response
		if stored.Request != nil {
			// A request has its own input in some cases, and says in it where the case is named.
			placed := strings.ReplaceAll(string(stored.Request), "{case}", one.says)
			if err := json.Unmarshal([]byte(placed), &one.request); err != nil {
				panic(file + ": " + err.Error())
			}
		}
		list = append(list, one)
	}
	return list
}

func objectOf(t *testing.T, endpoint, name string) object {
	t.Helper()
	for _, one := range objects(endpoint) {
		if one.name == name {
			return one
		}
	}
	t.Fatalf("no object %s/%s", endpoint, name)
	return object{}
}

// decoded is the stored object as Go's JSON has it.
func (one object) decoded(t *testing.T) map[string]any {
	t.Helper()
	return decoded(t, string(one.response)).(map[string]any)
}

func (one object) model(t *testing.T) string {
	t.Helper()
	model, _ := one.decoded(t)["model"].(string)
	return model
}

// each runs a test for each object of an endpoint.
func each(t *testing.T, endpoint string, test func(t *testing.T, one object)) {
	for _, one := range objects(endpoint) {
		t.Run(one.name, func(t *testing.T) { test(t, one) })
	}
}
