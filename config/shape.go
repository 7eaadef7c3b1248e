package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// shape holds value against the type that it is to fill, and reports whether it fits. It names every unknown field and
// every value of a wrong kind, and takes them out, so that what is left can be decoded and judged as well. The decoder's
// own errors would hide the unknown fields beside a wrong value, and it takes 12.5 for 12.
func (j *judge) shape(value any, t reflect.Type, path string) bool {
	if value == nil {
		return true // "listen:" leaves the default
	}
	fits, kind := false, "a whole number"
	switch {
	case t == durationType:
		text, isText := value.(string)
		_, err := time.ParseDuration(text)
		fits, kind = isText && err == nil, "a duration such as 5s"
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		fields, ok := value.(map[string]any)
		j.shapeFields(fields, t, path)
		fits, kind = ok, "a group of fields"
	case t.Kind() == reflect.Slice:
		list, ok := value.([]any)
		j.shapeList(list, t, path)
		fits, kind = ok, "a list"
	case t.Kind() == reflect.String:
		_, fits = value.(string)
		kind = "text; put it in quotes"
	case t.Kind() == reflect.Bool:
		_, fits = value.(bool)
		kind = "true or false"
	default:
		_, fits = value.(int)
	}
	j.require(fits, path, "must be %s", kind)
	return fits
}

func (j *judge) shapeFields(fields map[string]any, t reflect.Type, path string) {
	for name, value := range fields {
		at := strings.TrimPrefix(path+"."+name, ".")
		field, known := fieldOf(t, name)
		if !known {
			at, _, _ = strings.Cut(at, " ") // where a colon was forgotten, a secret may follow
			if at == "" || strings.HasSuffix(at, ".") {
				at += `""` // a name of nothing, or of blanks
			}
			j.require(false, at, "no such field")
			delete(fields, name)
			continue
		}
		if !j.shape(value, field, at) {
			fields[name] = nil
		}
	}
}

func (j *judge) shapeList(list []any, t reflect.Type, path string) {
	for i, value := range list {
		if !j.shape(value, t.Elem(), fmt.Sprintf("%s[%d]", path, i)) {
			list[i] = nil
		}
	}
}

// fieldOf returns the type of what stands under name: in a map, every name is known.
func fieldOf(t reflect.Type, name string) (reflect.Type, bool) {
	if t.Kind() == reflect.Map {
		return t.Elem(), true
	}
	for field := range t.Fields() {
		tag, tagged := field.Tag.Lookup("koanf")
		if !tagged {
			tag = strings.ToLower(field.Name) // money.Wire knows nothing of configuration
		}
		if tag == name {
			return field.Type, true
		}
	}
	return nil, false
}
