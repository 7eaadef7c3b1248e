package banktest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// Rule separates the parts of a golden exchange: what was asked and answered in turn, and the result at the end.
const Rule = "\n------\n"

// schemas are those of the messages, beside the package that writes them.
const schemas = "../iso20022/testdata/xsd"

// Golden holds a call against its golden exchange: each request as it went out, each answer, and what the adapter said.
// Every message on the way must be valid against its schema. With UPDATE_GOLDEN=1 the file is written anew.
func Golden(t *testing.T, name string, b *Bank, said string) {
	t.Helper()
	var parts []string
	for _, exchange := range b.Exchanges() {
		parts = append(parts, strings.TrimSpace(exchange.Request), strings.TrimSpace(exchange.Answer))
		valid(t, exchange.Request)
		valid(t, exchange.Answer)
	}
	now := strings.Join(append(parts, said), Rule) + "\n"
	file := filepath.Join("testdata", "exchanges", name+".txt")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(now), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if now != string(golden) {
		t.Errorf("%s: now\n%s", file, now)
	}
}

// valid holds the message in a text against its schema, and that of its header.
func valid(t *testing.T, text string) {
	t.Helper()
	i := strings.Index(text, "<?xml")
	if i < 0 {
		return
	}
	body := []byte(text[i:])
	kind, err := iso20022.Sniff(body)
	if err != nil {
		t.Error(err)
		return
	}
	const end = "</AppHdr>\n"
	document := body
	if _, inner, wrapped := bytes.Cut(body, []byte("<BusinessMessage>\n")); wrapped {
		head, rest, _ := bytes.Cut(inner, []byte(end))
		lint(t, iso20022.Head001, append(head, end...))
		document = []byte(strings.TrimSuffix(strings.TrimSpace(string(rest)), "</BusinessMessage>"))
	}
	lint(t, kind, document)
}

func lint(t *testing.T, kind iso20022.Kind, body []byte) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "xmllint", "--noout", "--nonet", "--schema", filepath.Join(schemas, string(kind)+".xsd"), "-")
	command.Stdin = bytes.NewReader(body)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%.4000s", kind, err, out)
	}
}

// Told is all that an adapter said.
func Told(r payment.Result, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	lines := []string{"outcome: " + r.Outcome.String()}
	add := func(name string, value any, said bool) {
		if said {
			lines = append(lines, fmt.Sprintf("%s: %v", name, value))
		}
	}
	add("reason", r.Reason, r.Reason != "")
	add("provider id", r.ProviderID, r.ProviderID != "")
	add("provider code", r.ProviderCode, r.ProviderCode != "")
	add("amount", r.Amount, !r.Amount.Asset().IsZero())
	add("not found", true, r.NotFound)
	if g := r.Progress; g != nil {
		add("accepted", true, g.Accepted)
		add("booked", true, g.Booked)
		add("billed", g.Billed, !g.Billed.Asset().IsZero())
		add("delivered", g.Delivered, !g.Delivered.Asset().IsZero())
		add("code", g.Code, g.Code != "")
		for _, c := range g.Charges {
			add("charge", c.Agent+" "+c.Amount.String(), true)
		}
		add("at", g.At.UTC().Format("2006-01-02T15:04:05Z"), !g.At.IsZero())
	}
	if c := r.Returned; c != nil {
		add("returned", fmt.Sprintf("%s %s ours=%t", c.Amount, c.Code, c.Ours), true)
	}
	return strings.Join(lines, "\n")
}
