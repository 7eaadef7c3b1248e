package iso20022_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/causeway-pay/causeway/rails/iso20022"
)

// valid holds bodies against the schemas with xmllint. A BusinessMessage has no schema of its own: its header and its
// document have.
func valid(t *testing.T, kind Kind, bodies ...[]byte) {
	t.Helper()
	var documents, headers [][]byte
	for _, body := range bodies {
		if header, document, wrapped := split(body); wrapped {
			headers, documents = append(headers, header), append(documents, document)
		} else {
			documents = append(documents, body)
		}
	}
	lint(t, kind, documents)
	lint(t, Head001, headers)
}

// split takes a BusinessMessage apart as it was written.
func split(body []byte) (header, document []byte, wrapped bool) {
	const end = "</AppHdr>\n"
	_, inner, wrapped := bytes.Cut(body, []byte("<BusinessMessage>\n"))
	if !wrapped {
		return nil, nil, false
	}
	head, rest, _ := bytes.Cut(inner, []byte(end))
	return append(head, end...), bytes.TrimSuffix(rest, []byte("</BusinessMessage>\n")), true
}

func lint(t *testing.T, kind Kind, bodies [][]byte) {
	t.Helper()
	if len(bodies) == 0 {
		return
	}
	dir := t.TempDir()
	args := []string{"--noout", "--nonet", "--schema", filepath.Join("testdata", "xsd", string(kind)+".xsd")}
	for i, body := range bodies {
		file := filepath.Join(dir, string(rune('a'+i%26))+string(rune('a'+i/26))+".xml")
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out, err := exec.CommandContext(t.Context(), "xmllint", args...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%.4000s", kind, err, out)
	}
}
