package iso20022

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// What a body may have at most. A bank that has more to say sends another page.
const (
	SizeMax       = 1 << 20 // bytes of a body
	DepthMax      = 32      // elements inside one another
	ElementsMax   = 1 << 16 // elements of a body
	AttributesMax = 16      // attributes of an element
)

var (
	// ErrTooLarge is returned when a body has more bytes, elements or attributes, or is nested deeper, than the limits allow.
	ErrTooLarge = errors.New("message is too large")
	// ErrMalformed is returned when a body is not one well-formed XML 1.0 document in UTF-8.
	ErrMalformed = errors.New("message is not well-formed XML")
	// ErrForbidden is returned when a body has a document type, an entity of its own or a processing instruction. ISO 20022
	// uses none of them, and they are how a document makes its reader fetch or multiply things.
	ErrForbidden = errors.New("message has a document type or processing instruction")
)

// node is one element: with text, or with children.
type node struct {
	space string // the namespace
	name  string
	attrs []xml.Attr
	text  string // without blanks at its ends; anything that stands between children is dropped
	kids  []*node
}

func (n *node) empty() bool { return n.text == "" && len(n.kids) == 0 }

// attr returns the value of the attribute that has no namespace.
func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// parse reads a body into a tree, within the limits.
func parse(body []byte) (*node, error) {
	if len(body) > SizeMax {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, SizeMax)
	}
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	body = bytes.TrimPrefix(body, []byte("\uFEFF")) // the byte order mark that some banks send
	p := parser{decoder: xml.NewDecoder(bytes.NewReader(body))}
	for {
		at := p.decoder.InputOffset()
		token, err := p.decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if err := p.take(token, at); err != nil {
			return nil, fmt.Errorf("%w, at byte %d", err, at)
		}
	}
	if p.root == nil {
		return nil, fmt.Errorf("%w: no element", ErrMalformed)
	}
	return p.root, nil
}

// parser holds the tree while it grows.
type parser struct {
	decoder  *xml.Decoder
	root     *node
	open     []*opened // outermost first
	elements int
}

// opened is an element that is not closed yet.
type opened struct {
	node *node
	text []byte
}

func (p *parser) take(token xml.Token, at int64) error {
	switch token := token.(type) {
	case xml.StartElement:
		return p.begin(token)
	case xml.EndElement:
		last := p.open[len(p.open)-1]
		if len(last.node.kids) == 0 {
			last.node.text = trim(string(last.text))
		}
		p.open = p.open[:len(p.open)-1]
	case xml.CharData:
		if len(p.open) > 0 {
			last := p.open[len(p.open)-1]
			last.text = append(last.text, token...)
		} else if trim(string(token)) != "" {
			return fmt.Errorf("%w: text outside of the document", ErrMalformed)
		}
	case xml.ProcInst:
		if token.Target != "xml" || at != 0 {
			return ErrForbidden
		}
	case xml.Directive:
		return ErrForbidden
	}
	return nil
}

func (p *parser) begin(start xml.StartElement) error {
	p.elements++
	switch {
	case len(p.open) == 0 && p.root != nil:
		return fmt.Errorf("%w: a second document", ErrMalformed)
	case len(p.open) == DepthMax:
		return fmt.Errorf("%w: deeper than %d elements", ErrTooLarge, DepthMax)
	case p.elements > ElementsMax:
		return fmt.Errorf("%w: more than %d elements", ErrTooLarge, ElementsMax)
	case len(start.Attr) > AttributesMax:
		return fmt.Errorf("%w: more than %d attributes", ErrTooLarge, AttributesMax)
	}
	for i, a := range start.Attr {
		for _, earlier := range start.Attr[:i] {
			if a.Name == earlier.Name {
				return fmt.Errorf("%w: attribute %.40q stands twice", ErrMalformed, a.Name.Local)
			}
		}
	}
	n := &node{space: start.Name.Space, name: start.Name.Local, attrs: start.Attr}
	if len(p.open) == 0 {
		p.root = n
	} else {
		parent := p.open[len(p.open)-1].node
		parent.kids = append(parent.kids, n)
	}
	p.open = append(p.open, &opened{node: n})
	return nil
}

// trim removes the blanks of XML, and no others.
func trim(s string) string { return strings.Trim(s, " \t\r\n") }
