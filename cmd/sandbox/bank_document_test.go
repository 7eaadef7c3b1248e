package main

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// node is an element of a document, as a stranger would read it.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []node     `xml:",any"`
	header   http.Header
	status   int
	raw      string
}

// parse reads a document and remembers it for validate.
func (k *teller) parse(raw string) node {
	k.t.Helper()
	var n node
	if err := xml.Unmarshal([]byte(raw), &n); err != nil {
		k.t.Errorf("%v in %s", err, raw)
	}
	n.raw = raw
	k.mu.Lock()
	defer k.mu.Unlock()
	k.said = append(k.said, raw)
	return n
}

// first returns the first element at a path of names, wherever it begins.
func (n node) first(path ...string) node {
	if len(path) == 0 {
		return n
	}
	for _, child := range n.Children {
		if child.XMLName.Local == path[0] {
			if found := child.first(path[1:]...); found.XMLName.Local != "" {
				return found
			}
		}
		if found := child.first(path...); found.XMLName.Local != "" {
			return found
		}
	}
	return node{}
}

func (n node) all(name string) []node {
	var found []node
	for _, child := range n.Children {
		if child.XMLName.Local == name {
			found = append(found, child)
			continue
		}
		found = append(found, child.all(name)...)
	}
	return found
}

func (n node) text(path ...string) string { return n.first(path...).Text }

// money is an amount with its currency, as in "49.90 EUR".
func (n node) money(path ...string) string {
	found := n.first(path...)
	for _, a := range found.Attrs {
		if a.Name.Local == "Ccy" {
			return found.Text + " " + a.Value
		}
	}
	return ""
}

// status is the status of the transaction and its reason, as in "RJCT AC04".
func (n node) outcome() string {
	return strings.TrimSpace(n.text("TxSts") + " " + n.text("StsRsnInf", "Rsn", "Cd"))
}

// resolved is the answer of a camt.029, as in "RJCR NOOR".
func (n node) resolved() string {
	return strings.TrimSpace(n.text("Sts", "Conf") + " " + n.text("CxlStsRsnInf", "Rsn", "Cd"))
}

// is reports whether a document, or what its envelope holds, is of that message.
func (n node) is(message string) bool {
	document := n
	if n.XMLName.Local == "BusinessMessage" {
		document = n.first("Document")
	}
	return document.XMLName.Space == "urn:iso:std:iso:20022:tech:xsd:"+message
}

// validate holds everything that was said against the schemas.
func (k *teller) validate() {
	dir := k.t.TempDir()
	files := map[string][]string{}
	for i, raw := range k.said {
		for _, part := range parts(raw) {
			var root struct{ XMLName xml.Name }
			if err := xml.Unmarshal([]byte(part), &root); err != nil {
				k.t.Error(err)
				continue
			}
			message := strings.TrimPrefix(root.XMLName.Space, "urn:iso:std:iso:20022:tech:xsd:")
			file := filepath.Join(dir, fmt.Sprintf("%04d-%s.xml", i, root.XMLName.Local))
			if err := os.WriteFile(file, []byte(part), 0o600); err != nil {
				k.t.Fatal(err)
			}
			files[message] = append(files[message], file)
		}
	}
	for message, list := range files {
		schema := filepath.Join("bank", "testdata", "xsd", message+".xsd")
		out, err := exec.Command("xmllint", append([]string{"--nonet", "--noout", "--schema", schema}, list...)...).CombinedOutput()
		if err != nil {
			k.t.Errorf("%s: %v\n%s", message, err, onlyFaults(out))
		}
	}
}

// parts splits a BusinessMessage into its header and its document.
func parts(raw string) []string {
	var found []string
	for _, name := range []string{"AppHdr", "Document"} {
		from, to := strings.Index(raw, "<"+name), strings.Index(raw, "</"+name+">")
		if from >= 0 && to > from {
			found = append(found, raw[from:to+len(name)+3])
		}
	}
	return found
}

func onlyFaults(out []byte) string {
	var kept []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasSuffix(line, "validates\n") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
