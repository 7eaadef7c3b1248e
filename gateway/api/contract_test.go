package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

func TestTheContractNamesEveryRoute(t *testing.T) {
	l := newLab(t)
	contract := l.do(http.MethodGet, "/openapi.json", "", "", "").body
	if contract["openapi"] != "3.1.0" {
		t.Errorf("openapi %v", contract["openapi"])
	}
	described := map[string]bool{}
	ids := map[string]string{}
	paths, _ := contract["paths"].(map[string]any)
	for path, item := range paths {
		methods, _ := item.(map[string]any)
		for method, operation := range methods {
			route := strings.ToUpper(method) + " " + path
			described[route] = true
			o, _ := operation.(map[string]any)
			id, _ := o["operationId"].(string)
			if ids[id] != "" || id == "" {
				t.Errorf("%s and %s are both %q", route, ids[id], id)
			}
			ids[id] = route
			if o["summary"] == "" || o["security"] == nil {
				t.Errorf("%s has no summary or no security", route)
			}
		}
	}
	engine, ok := l.handler.(*gin.Engine)
	if !ok {
		t.Fatalf("%T", l.handler)
	}
	for _, route := range engine.Routes() {
		segments := strings.Split(route.Path, "/")
		for i, segment := range segments {
			if name, ok := strings.CutPrefix(segment, ":"); ok {
				segments[i] = "{" + name + "}"
			}
		}
		name := route.Method + " " + strings.Join(segments, "/")
		if strings.HasPrefix(route.Path, "/v1/") && !described[name] {
			t.Errorf("%s is not in the contract", name)
		}
		delete(described, name)
	}
	if len(described) > 0 {
		t.Errorf("in the contract but not served: %v", described)
	}
}

func TestTheContractRefersOnlyToWhatItHolds(t *testing.T) {
	l := newLab(t)
	contract := l.do(http.MethodGet, "/openapi.json", "", "", "").body
	if text := l.do(http.MethodGet, "/openapi.yaml", "", "", "").Body.String(); strings.Contains(text, "patternDescription") {
		t.Error("OpenAPI does not know patternDescription")
	}
	used := map[string]bool{}
	follow(t, contract, contract, used)
	components, _ := contract["components"].(map[string]any)
	schemas, _ := components["schemas"].(map[string]any)
	for name := range schemas {
		if !used["#/components/schemas/"+name] {
			t.Errorf("nothing uses %s", name)
		}
	}
	for _, name := range []string{"Payment", "Operation", "Quote", "Problem", "Money", "ListPayment"} {
		if schemas[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
}

// follow visits every reference below at.
func follow(t *testing.T, contract map[string]any, at any, used map[string]bool) {
	t.Helper()
	switch at := at.(type) {
	case map[string]any:
		if ref, ok := at["$ref"].(string); ok {
			used[ref] = true
			var target any = contract
			for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
				members, _ := target.(map[string]any)
				target = members[name]
			}
			if target == nil {
				t.Errorf("%s leads nowhere", ref)
			}
		}
		for _, member := range at {
			follow(t, contract, member, used)
		}
	case []any:
		for _, item := range at {
			follow(t, contract, item, used)
		}
	}
}

// What moves money documents its key, and every operation the problems it may answer with.
func TestTheContractTellsOfKeysAndProblems(t *testing.T) {
	l := newLab(t)
	contract := l.do(http.MethodGet, "/openapi.json", "", "", "")
	money := []string{"create-payment", "capture-payment", "cancel-payment", "switch-payment", "create-refund", "create-payout", "confirm-payout", "cancel-payout"}
	paths, _ := contract.body["paths"].(map[string]any)
	for path, item := range paths {
		methods, _ := item.(map[string]any)
		for method, operation := range methods {
			o, _ := operation.(map[string]any)
			id, _ := o["operationId"].(string)
			if got := wantsKey(o); got != slices.Contains(money, id) {
				t.Errorf("%s %s: requires a key: %t", method, path, got)
			}
			responses, _ := o["responses"].(map[string]any)
			for _, status := range []string{"401", "403", "422", "500", "503"} {
				response, _ := responses[status].(map[string]any)
				content, _ := response["content"].(map[string]any)
				if content["application/problem+json"] == nil {
					t.Errorf("%s %s: %s is no problem", method, path, status)
				}
			}
		}
	}
}

func wantsKey(operation map[string]any) bool {
	parameters, _ := operation["parameters"].([]any)
	return slices.ContainsFunc(parameters, func(p any) bool {
		parameter, _ := p.(map[string]any)
		return parameter["name"] == "Idempotency-Key" && parameter["in"] == "header" && parameter["required"] == true
	})
}
