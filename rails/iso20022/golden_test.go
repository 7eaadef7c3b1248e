package iso20022_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	. "github.com/causeway-pay/causeway/rails/iso20022"
)

// TestGolden holds every message, with all that it can say, against its golden text and its schema, and reads it back.
// With UPDATE_GOLDEN=1 the texts are written anew.
func TestGolden(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			body, err := Write(s.header, s.message)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, s.name, body)
			valid(t, s.message.Kind(), body)
			if kind, err := Sniff(body); kind != s.message.Kind() || err != nil {
				t.Errorf("sniffed %s (%v), want %s", kind, err, s.message.Kind())
			}
			header, message, err := Read(body)
			if err != nil {
				t.Fatal(err)
			}
			same(t, header, s.header)
			same(t, message, s.message)
		})
	}
}

// same compares by what a message says: the digits of an amount may be stored in several ways.
func same(t *testing.T, got, want any) {
	t.Helper()
	read, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	written, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read, written) {
		t.Errorf("read\n%s\nwritten\n%s", read, written)
	}
}

func golden(t *testing.T, name string, body []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".xml")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(body, want) {
		t.Errorf("%s differs:\n%s", file, body)
	}
}
