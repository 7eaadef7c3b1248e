package tour

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// object is a JSON object as it came over the wire.
type object map[string]any

// text follows keys and list positions to a string, and is empty when there is none.
func (o object) text(path ...any) string {
	var at any = map[string]any(o)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := at.(map[string]any)
			at = m[step]
		case int:
			l, _ := at.([]any)
			if step >= len(l) {
				return ""
			}
			at = l[step]
		}
	}
	if at == nil {
		return ""
	}
	return fmt.Sprint(at)
}

// list returns the objects under a key.
func (o object) list(key string) []object {
	var objects []object
	items, _ := o[key].([]any)
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			objects = append(objects, m)
		}
	}
	return objects
}

var client = &http.Client{Timeout: 40 * time.Second}

const bodyMax = 1 << 20

// call makes one request and returns status and body.
func call(ctx context.Context, method, address string, header map[string]string, body any) (int, object, error) {
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		reader = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, reader)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, bodyMax))
	if err != nil {
		return answer.StatusCode, nil, err
	}
	var o object
	if len(data) > 0 {
		if err := json.Unmarshal(data, &o); err != nil {
			return answer.StatusCode, nil, fmt.Errorf("%s %s: %d: %q", method, address, answer.StatusCode, data)
		}
	}
	return answer.StatusCode, o, nil
}

// post asks the gateway for something that moves money, under a key of its own, and refuses an error.
func (w *World) post(ctx context.Context, path, key string, body any) (object, error) {
	status, o, err := call(ctx, http.MethodPost, w.door()+path, map[string]string{
		"Authorization": "Bearer " + w.Key, "Idempotency-Key": key,
	}, body)
	if err == nil && status >= 300 {
		err = fmt.Errorf("POST %s: %d %s: %s", path, status, o.text("code"), o.text("detail"))
	}
	return o, err
}

// quote asks a gateway what an order would cost, by every way. Nothing is held.
func (w *World) quote(ctx context.Context, gateway string, order object) (object, error) {
	order["mode"] = "indicative"
	_, quote, err := call(ctx, http.MethodPost, gateway+"/v1/quotes", map[string]string{"Authorization": "Bearer " + w.Key}, order)
	return quote, err
}

// get reads an object of the merchant in a language.
func (w *World) get(ctx context.Context, path, language string) (object, error) {
	status, o, err := call(ctx, http.MethodGet, w.door()+path, map[string]string{
		"Authorization": "Bearer " + w.Key, "Accept-Language": language,
	}, nil)
	if err == nil && status >= 300 {
		err = fmt.Errorf("GET %s: %d %s: %s", path, status, o.text("code"), o.text("detail"))
	}
	return o, err
}

// until reads a payment until it has a status, and fails when ctx ends first.
func (w *World) until(ctx context.Context, id, status string) (object, error) {
	for {
		o, err := w.get(ctx, "/v1/payments/"+id, "en")
		if err != nil || o.text("status") == status {
			return o, err
		}
		select {
		case <-ctx.Done():
			return o, fmt.Errorf("payment %s is %s, not %s", id, o.text("status"), status)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// control changes the sandbox.
func (w *World) control(ctx context.Context, method, path string, body any) (object, error) {
	status, o, err := call(ctx, method, w.Control+path, nil, body)
	if err == nil && status >= 300 {
		err = fmt.Errorf("%s %s: %d %s", method, path, status, o.text("message"))
	}
	return o, err
}

// fault makes a channel misbehave for so many messages; zero: until calm.
func (w *World) fault(ctx context.Context, channel, scenario string, count int) error {
	_, err := w.control(ctx, http.MethodPost, "/control/acquirers/"+channel+"/faults", object{"scenario": scenario, "count": count})
	return err
}

// calm makes every channel behave again.
func (w *World) calm(ctx context.Context) error {
	for _, channel := range []string{acme, globex} {
		if _, err := w.control(ctx, http.MethodDelete, "/control/acquirers/"+channel+"/faults", nil); err != nil {
			return err
		}
	}
	w.calmChain()
	return w.calmBanks(ctx)
}

// moved counts the movements of a kind in the acquirers' own logs, for all references given.
func (w *World) moved(ctx context.Context, kind string, references []string) (int, error) {
	n := 0
	for _, reference := range references {
		o, err := w.control(ctx, http.MethodGet, "/control/movements?kind="+kind+"&reference="+url.QueryEscape(reference), nil)
		if err != nil {
			return 0, err
		}
		n += len(o.list("movements"))
	}
	return n, nil
}
