package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/oklog/ulid/v2"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/payment"
)

// edge is the API up to the point where a handler begins: what a request is read as is its answer.
type edge struct {
	handler http.Handler
	bodies  []string // the paths that read a body
}

func newEdge() *edge {
	s := &server{Deps: Deps{Now: time.Now, NewID: func(prefix string) string { return prefix + "_1" }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(s.accompany, s.recovered, s.strictAddress, s.strictBody)
	contract := humagin.New(engine, contractConfig())
	contract.UseMiddleware(func(c huma.Context, next func(huma.Context)) {
		next(huma.WithValue(c, callerKey{}, access.Key{Merchant: "m_1", Mode: payment.Test}))
	})
	e := &edge{handler: engine}
	reads(e, contract, "/payments", func(in *createInput) any { return in.Body })
	reads(e, contract, "/payments/{id}/capture", func(in *captureInput) any { return in.Body })
	reads(e, contract, "/payments/{id}/switch", func(in *switchInput) any { return in.Body })
	reads(e, contract, "/refunds", func(in *refundInput) any { return in.Body })
	reads(e, contract, "/payouts", func(in *payoutInput) any { return in.Body })
	reads(e, contract, "/quotes", func(in *quoteInput) any { return in.Body })
	reads(e, contract, "/beneficiaries", func(in *struct{ Body beneficiaryBody }) any { return in.Body })
	reads(e, contract, "/webhook_endpoints", func(in *struct{ Body endpointBody }) any { return in.Body })
	huma.Register(contract, huma.Operation{OperationID: "list", Method: http.MethodGet, Path: "/list"}, func(_ context.Context, in *paymentsInput) (*output[payment.Page], error) {
		return &output[payment.Page]{in.page()}, nil
	})
	return e
}

// reads has a path answer with the body that it read.
func reads[In any](e *edge, contract huma.API, path string, body func(*In) any) {
	op := huma.Operation{OperationID: path, Method: http.MethodPost, Path: path, MaxBodyBytes: -1}
	huma.Register(contract, op, func(_ context.Context, in *In) (*answerOutput, error) {
		text, err := json.Marshal(body(in)) // as a client of ours would write it
		return &answerOutput{Status: http.StatusOK, ContentType: "application/json", Body: text}, err
	})
	e.bodies = append(e.bodies, strings.ReplaceAll(path, "{id}", "pay_1"))
}

func (e *edge) post(path string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "key")
	w := httptest.NewRecorder()
	e.handler.ServeHTTP(w, r)
	return w
}

// FuzzBody gives any bytes to a path that reads a body. What is taken says what another reader of JSON finds in it, and
// nothing else, and reads the same when it is written again; what is refused is refused with a whole problem, which names
// faults and repeats nothing.
func FuzzBody(f *testing.F) {
	e := newEdge()
	for path := range e.bodies {
		for _, body := range []string{
			`{"amount":{"value":"49.90","currency":"EUR"},"method":{"type":"card","card":{"token":"tok_visa"}},"metadata":{"a.b[0]":"x"}}`,
			`{"amount":{"value":"1","currency":"EUR"},"final":true}`, `{"payment":"pay_1","reason":"returned"}`,
			`{"amount":{"value":"1","currency":"EUR"},"beneficiary":"ben_1","fix":"source","target":{"currency":"USD"}}`,
			`{"amount":{"value":"1","currency":"EUR"},"mode":"indicative","METHOD":"card"}`,
			`{"name":"Jane","country":"FR","account":"FR1420041010050500013M02606"}`, `{"url":"https://shop.example/hooks","events":[]}`,
			`{"amount":{"value":"1","value":"2"}}`, `{"amount":null}`, `"\u0000"`, `{}{}`, "\xff", "",
		} {
			f.Add(uint8(path), []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, path uint8, body []byte) {
		at := e.bodies[int(path)%len(e.bodies)]
		answer := e.post(at, body)
		if answer.Code != http.StatusOK {
			refused(t, answer, body)
			return
		}
		canonical := answer.Body.Bytes()
		if again := e.post(at, canonical); string(canonical) != "null" && (again.Code != http.StatusOK || !bytes.Equal(again.Body.Bytes(), canonical)) {
			t.Fatalf("%s takes %q for %s, and that for %d %s", at, body, canonical, again.Code, again.Body)
		}
		var said, heard any
		if len(body) == 0 {
			return
		}
		if err := json.Unmarshal(body, &said); err != nil {
			t.Fatalf("%s takes %q, which another reader refuses: %v", at, body, err)
		}
		if err := json.Unmarshal(canonical, &heard); err != nil || !within(said, heard) {
			t.Errorf("%s takes %q for %s (%v)", at, body, canonical, err)
		}
	})
}

// within reports whether everything that was said was heard. What is empty need not be.
func within(said, heard any) bool {
	members, ok := said.(map[string]any)
	if !ok {
		return reflect.DeepEqual(said, heard)
	}
	known, _ := heard.(map[string]any)
	for name, value := range members {
		was, ok := known[name]
		empty := value == "" || value == false || reflect.DeepEqual(value, []any{}) || reflect.DeepEqual(value, map[string]any{})
		if !ok && !empty || ok && !within(value, was) {
			return false
		}
	}
	return true
}

// refused fails the test unless the answer is a whole problem of the client's.
func refused(t *testing.T, answer *httptest.ResponseRecorder, body []byte) {
	t.Helper()
	var problem struct {
		Type, Title, Detail, Code, Cause string
		Status                           int
		Errors                           []Violation
		RequestID                        string `json:"request_id"`
	}
	err := json.Unmarshal(answer.Body.Bytes(), &problem)
	if err != nil || problem.Status != answer.Code || problem.Type == "" || problem.Title == "" || problem.Detail == "" || problem.Code == "" ||
		problem.Cause == "" || problem.RequestID == "" {
		t.Fatalf("%q: %d %v %s", body, answer.Code, err, answer.Body)
	}
	switch answer.Code {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
	case http.StatusUnprocessableEntity:
		if len(problem.Errors) == 0 {
			t.Errorf("%q is refused without a fault: %s", body, answer.Body)
		}
	default:
		t.Errorf("%d for %q", answer.Code, body)
	}
	seen := map[Violation]bool{}
	for _, v := range problem.Errors {
		if v.Code == "" || v.Detail == "" || body != nil && v.Pointer != "" && !strings.HasPrefix(v.Pointer, "/") || seen[v] {
			t.Errorf("%q: %+v among %+v", body, v, problem.Errors)
		}
		seen[v] = true
	}
	if (len(body) > bodyMax) != (answer.Code == http.StatusRequestEntityTooLarge) {
		t.Errorf("%d for %d bytes", answer.Code, len(body))
	}
}

// FuzzCursor asks for any page. It is the one that was asked for, from one end, or none.
func FuzzCursor(f *testing.F) {
	const id = "pay_01KAPR3Z5V9W6QZ2M8D4X7TJ5N"
	for _, cursor := range []string{id, "", strings.ToLower(id), id + "\n", "pay_81KAPR3Z5V9W6QZ2M8D4X7TJ5N", "pay_01KAPR3Z5V9W6QZ2M8D4X7TJ5I", "' OR 1=1 --", "\xff", "%00", "zzz"} {
		f.Add(cursor, "", "10")
		f.Add("", cursor, "100")
	}
	f.Add(id, id, "0")
	f.Add(id, "", "101")
	f.Add(id, "", "1e1")
	e := newEdge()
	f.Fuzz(func(t *testing.T, after, before, limit string) {
		query := url.Values{}
		for name, value := range map[string]string{"starting_after": after, "ending_before": before, "limit": limit} {
			if value != "" {
				query.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		e.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/list?"+query.Encode(), nil))
		if w.Code != http.StatusOK {
			refused(t, w, nil)
			if (after == "" || isID(after)) && (before == "" || isID(before)) && (after == "" || before == "") && (limit == "" || limit == "10") {
				t.Errorf("refused: %q, %q: %s", after, before, w.Body)
			}
			return
		}
		var page payment.Page
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		if page.After != after || page.Before != before || after != "" && before != "" || page.Limit < 1 || page.Limit > payment.PageMax {
			t.Errorf("%q, %q, %q is read as %+v", after, before, limit, page)
		}
		for _, cursor := range []string{after, before} {
			if cursor != "" && !isID(cursor) {
				t.Errorf("%q is the place of nothing that could be on a list", cursor)
			}
		}
	})
}

// isID reports whether text can be an id of ours, by the library that makes them.
func isID(text string) bool {
	prefix, rest, _ := strings.Cut(text, "_")
	id, err := ulid.ParseStrict(rest)
	return err == nil && id.String() == rest && len(prefix) >= 2 && len(prefix) <= 5 && strings.Trim(prefix, "abcdefghijklmnopqrstuvwxyz") == ""
}
