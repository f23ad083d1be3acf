package gosdks

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
)

func decoded(t *testing.T, data string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(data), &value); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return value
}

func pretty(value any) string {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// sameJSON fails where two decoded values differ, and says where.
func sameJSON(t *testing.T, got, expected any) {
	t.Helper()
	if reflect.DeepEqual(got, expected) {
		return
	}
	for _, line := range differences("", got, expected) {
		t.Error(line)
	}
}

func differences(path string, got, expected any) []string {
	if reflect.DeepEqual(got, expected) {
		return nil
	}
	switch expected := expected.(type) {
	case map[string]any:
		got, isMap := got.(map[string]any)
		if !isMap {
			break
		}
		keys := []string{}
		for key := range got {
			keys = append(keys, key)
		}
		for key := range expected {
			if _, known := got[key]; !known {
				keys = append(keys, key)
			}
		}
		sort.Strings(keys)
		lines := []string{}
		for _, key := range keys {
			one, there := got[key]
			other, wanted := expected[key]
			switch {
			case !there:
				lines = append(lines, fmt.Sprintf("%s.%s is missing: %s", path, key, pretty(other)))
			case !wanted:
				lines = append(lines, fmt.Sprintf("%s.%s is too much: %s", path, key, pretty(one)))
			default:
				lines = append(lines, differences(path+"."+key, one, other)...)
			}
		}
		return lines
	case []any:
		got, isList := got.([]any)
		if !isList || len(got) != len(expected) {
			break
		}
		lines := []string{}
		for at := range expected {
			lines = append(lines, differences(fmt.Sprintf("%s[%d]", path, at), got[at], expected[at])...)
		}
		return lines
	}
	return []string{fmt.Sprintf("%s: got %s, expected %s", path, pretty(got), pretty(expected))}
}

// same fails where two values of an SDK's types differ in what a program reads of them. The bytes that a value was
// read from (fields named JSON) are no part of that, and neither are the fields of the paths in `noise`.
func same(t *testing.T, got, expected any, noise ...string) {
	t.Helper()
	for _, line := range typed("", reflect.ValueOf(got), reflect.ValueOf(expected), noise) {
		t.Error(line)
	}
}

func typed(path string, got, expected reflect.Value, noise []string) []string {
	if slices.Contains(noise, path) {
		return nil
	}
	different := []string{fmt.Sprintf("%s: got %#v, expected %#v", path, printable(got), printable(expected))}
	if got.IsValid() != expected.IsValid() || got.IsValid() && got.Type() != expected.Type() {
		return different
	}
	switch got.Kind() {
	case reflect.Invalid:
		return nil
	case reflect.Struct:
		lines := []string{}
		for at := range got.NumField() {
			field := got.Type().Field(at)
			if field.IsExported() && field.Name != "JSON" {
				lines = append(lines, typed(path+"."+field.Name, got.Field(at), expected.Field(at), noise)...)
			}
		}
		return lines
	case reflect.Pointer, reflect.Interface:
		return typed(path, got.Elem(), expected.Elem(), noise)
	case reflect.Slice:
		if raw, isRaw := got.Interface().(json.RawMessage); isRaw {
			if equalJSON(raw, expected.Interface().(json.RawMessage)) {
				return nil
			}
			return different
		}
		if got.Len() != expected.Len() {
			return different
		}
		lines := []string{}
		for at := range got.Len() {
			// Paths of noise are the same for all items.
			lines = append(lines, typed(path+"[]", got.Index(at), expected.Index(at), noise)...)
		}
		return lines
	default:
		if reflect.DeepEqual(got.Interface(), expected.Interface()) {
			return nil
		}
		return different
	}
}

func printable(value reflect.Value) any {
	if !value.IsValid() {
		return nil
	}
	return value.Interface()
}

func equalJSON(one, other json.RawMessage) bool {
	var first, second any
	if len(one)+len(other) == 0 {
		return true
	}
	return json.Unmarshal(one, &first) == nil && json.Unmarshal(other, &second) == nil && reflect.DeepEqual(first, second)
}

// withCountedUsage is the stored object with the usage of an answer, where it has none itself: one is counted,
// because the vendor always sends one.
func withCountedUsage(t *testing.T, one object, got any) map[string]any {
	t.Helper()
	stored := one.decoded(t)
	if _, written := stored["usage"]; !written {
		usage, counted := got.(map[string]any)["usage"].(map[string]any)
		if !counted || len(usage) == 0 {
			t.Fatal("no usage is counted")
		}
		stored["usage"] = usage
	}
	return stored
}

// text joins what each item says.
func text[T any](items []T, says func(T) string) string {
	var all strings.Builder
	for _, item := range items {
		all.WriteString(says(item))
	}
	return all.String()
}
