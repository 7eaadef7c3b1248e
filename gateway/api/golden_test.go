package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each file of testdata/exchanges is one request with its answer. UPDATE_GOLDEN=1 writes them anew.
func TestExchanges(t *testing.T) {
	const refundBody = `{"payment":%q,"amount":{"value":"10.00","currency":"EUR"},"reason":"one item back"}`
	for name, exchange := range map[string]func(l *lab) (method, path, body string, header []string){
		"payment_succeeded": func(*lab) (string, string, string, []string) {
			return http.MethodPost, "/v1/payments", with(`{"amount"`, `{"reference":"order-1042","metadata":{"basket":"7"},"amount"`), nil
		},
		"payment_declined": func(*lab) (string, string, string, []string) {
			return http.MethodPost, "/v1/payments", with("tok_visa", "tok_declined"), nil
		},
		"payment_declined_in_chinese": func(*lab) (string, string, string, []string) {
			return http.MethodPost, "/v1/payments", with("tok_visa", "tok_declined"), []string{"Accept-Language", "zh-CN"}
		},
		"payment_unknown": func(*lab) (string, string, string, []string) {
			return http.MethodPost, "/v1/payments", with("tok_visa", "tok_lost"), nil
		},
		"payment_challenged": func(*lab) (string, string, string, []string) {
			return http.MethodPost, "/v1/payments", with("tok_visa", "tok_challenge"), nil
		},
		"payment_faulty": func(*lab) (string, string, string, []string) {
			return http.MethodPost, "/v1/payments", `{"amount":{"value":"1.005","currency":"EUR"},"surprise":1}`, nil
		},
		"payment_why": func(l *lab) (string, string, string, []string) {
			return http.MethodGet, "/v1/payments/" + l.pay("k0", order).at("id") + "/why", "", nil
		},
		"payment_missing": func(*lab) (string, string, string, []string) {
			return http.MethodGet, "/v1/payments/pay_none", "", []string{"Accept-Language", "zh"}
		},
		"capture": func(l *lab) (string, string, string, []string) {
			id := l.pay("k0", with(`"method"`, `"capture":"manual","method"`)).at("id")
			return http.MethodPost, "/v1/payments/" + id + "/capture", `{"amount":{"value":"60.00","currency":"EUR"},"final":true}`, nil
		},
		"refund": func(l *lab) (string, string, string, []string) {
			return http.MethodPost, "/v1/refunds", fmt.Sprintf(refundBody, l.pay("k0", order).at("id")), nil
		},
		"refund_declined": func(l *lab) (string, string, string, []string) {
			l.channel.stern.Store(true)
			return http.MethodPost, "/v1/refunds", fmt.Sprintf(refundBody, l.pay("k0", order).at("id")), nil
		},
		"refund_declined_in_chinese": func(l *lab) (string, string, string, []string) {
			l.channel.stern.Store(true)
			return http.MethodPost, "/v1/refunds", fmt.Sprintf(refundBody, l.pay("k0", order).at("id")), []string{"Accept-Language", "zh"}
		},
		"quote": func(*lab) (string, string, string, []string) {
			return http.MethodPost, "/v1/quotes", `{"amount":{"value":"100.00","currency":"USD"},"fix":"target","source_currency":"EUR","method":"card"}`, nil
		},
		"balances": func(l *lab) (string, string, string, []string) {
			l.pay("k0", order)
			return http.MethodGet, "/v1/balances", "", nil
		},
		"webhook_endpoint": func(*lab) (string, string, string, []string) {
			return http.MethodPost, "/v1/webhook_endpoints", `{"url":"https://shop.example/hooks","events":["payment.succeeded"]}`, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			method, path, body, header := exchange(l)
			got := l.do(method, path, l.key, "k1", body, header...)
			var text strings.Builder
			fmt.Fprintf(&text, "%s %s\n", method, path)
			for i := 0; i < len(header); i += 2 {
				fmt.Fprintf(&text, "%s: %s\n", header[i], header[i+1])
			}
			fmt.Fprintf(&text, "\n%s\n%d %s\n", indented(t, body), got.Code, http.StatusText(got.Code))
			for _, name := range []string{"Content-Type", "Gateway-Version", "Idempotent-Replayed", "Request-Id", "Retry-After"} {
				if value := got.Header().Get(name); value != "" {
					fmt.Fprintf(&text, "%s: %s\n", name, value)
				}
			}
			fmt.Fprintf(&text, "\n%s", indented(t, got.Body.String()))
			compare(t, filepath.Join("testdata", "exchanges", name+".http"), steady(text.String()))
		})
	}
}

func indented(t *testing.T, body string) string {
	t.Helper()
	if body == "" {
		return ""
	}
	var text bytes.Buffer
	if err := json.Indent(&text, []byte(body), "", "  "); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return text.String() + "\n"
}

var (
	idOf     = regexp.MustCompile(`\b([a-z]{2,4})_[0-9A-HJKMNP-TV-Z]{26}\b`)
	timeOf   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
	hashOf   = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
	secretOf = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)
	pageOf   = regexp.MustCompile(`/c/[A-Z2-7]{26}`)
)

// steady replaces what is new each time; ids stay apart.
func steady(text string) string {
	names, count := map[string]string{}, map[string]int{}
	text = idOf.ReplaceAllStringFunc(text, func(id string) string {
		if names[id] == "" {
			prefix, _, _ := strings.Cut(id, "_")
			count[prefix]++
			names[id] = fmt.Sprintf("%s_%d", prefix, count[prefix])
		}
		return names[id]
	})
	text = timeOf.ReplaceAllString(text, "(time)")
	text = hashOf.ReplaceAllString(text, "(hash)")
	text = pageOf.ReplaceAllString(text, "/c/(secret)")
	return secretOf.ReplaceAllString(text, "whsec_(secret)")
}

func compare(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}
