package iso20022

import (
	"bytes"
	"encoding/xml"
	"strings"
)

const declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// render writes a tree as a document, one element a line.
func render(root *node) []byte {
	var out bytes.Buffer
	out.WriteString(declaration)
	root.render(&out, "", 0)
	return out.Bytes()
}

func (n *node) render(out *bytes.Buffer, around string, depth int) {
	indent := strings.Repeat("  ", depth)
	out.WriteString(indent + "<" + n.name)
	if n.space != around {
		attribute(out, "xmlns", n.space)
	}
	for _, a := range n.attrs {
		attribute(out, a.Name.Local, a.Value)
	}
	out.WriteString(">")
	if len(n.kids) > 0 {
		out.WriteString("\n")
		for _, kid := range n.kids {
			kid.render(out, n.space, depth+1)
		}
		out.WriteString(indent)
	} else {
		escape(out, n.text)
	}
	out.WriteString("</" + n.name + ">\n")
}

func attribute(out *bytes.Buffer, name, value string) {
	out.WriteString(" " + name + `="`)
	escape(out, value)
	out.WriteString(`"`)
}

func escape(out *bytes.Buffer, s string) {
	_ = xml.EscapeText(out, []byte(s)) // a buffer takes everything
}
