package iso20022

import (
	"errors"
	"fmt"
)

var (
	// ErrWrongMessage is returned when a body is another message than was expected, or none that is read here.
	ErrWrongMessage = errors.New("not the expected message")
	// ErrEnvelope is returned when a message has a header and must have none, or has none and must have one.
	ErrEnvelope = errors.New("wrong envelope")
)

// Message is one of the messages of this package, always a pointer.
type Message interface {
	Kind() Kind
	root() string // the element inside of Document
	visit(*form)
}

const (
	documentName = "Document"
	businessName = "BusinessMessage"
	headerName   = "AppHdr"
)

// Write gives m as a complete document that is valid against its schema: a Document alone when h is nil, else a
// BusinessMessage of the header and the Document. It returns ErrEnvelope when the message travels the other way, and
// every fault of content joined: ErrMissing, ErrBadText, ErrBadCode, ErrBadAmount, ErrBadMoment, those of the checks.
func Write(h *Header, m Message) ([]byte, error) {
	kind := m.Kind()
	if kind.blank() == nil || kind.blank().root() != m.root() {
		return nil, fmt.Errorf("%w: %.40q", ErrWrongMessage, kind)
	}
	if err := travels(kind, h != nil); err != nil {
		return nil, err
	}
	document := &node{space: kind.Namespace(), name: documentName}
	faults := fill(document, m.root(), m.visit)
	root := document
	if h != nil {
		root = &node{name: businessName}
		wrapper := &node{space: Head001.Namespace()}
		faults = append(faults, fill(wrapper, headerName, h.visit(kind))...)
		root.kids = append(wrapper.kids, document)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("write %s: %w", kind, errors.Join(faults...))
	}
	body := render(root)
	if len(body) > SizeMax {
		return nil, fmt.Errorf("write %s: %w: more than %d bytes", kind, ErrTooLarge, SizeMax)
	}
	return body, nil
}

// fill writes one element into parent.
func fill(parent *node, name string, p part) []error {
	f := form{node: &node{space: parent.space, name: name}}
	p(&f)
	parent.kids = append(parent.kids, f.node)
	return f.faults
}

func travels(k Kind, wrapped bool) error {
	switch {
	case wrapped && !k.Wrapped():
		return fmt.Errorf("%s: %w: it travels without a header", k, ErrEnvelope)
	case !wrapped && !k.Bare():
		return fmt.Errorf("%s: %w: it travels behind a header", k, ErrEnvelope)
	}
	return nil
}

// Sniff tells which message a body is, without reading its content. It returns ErrTooLarge, ErrMalformed, ErrForbidden,
// or ErrWrongMessage when it is none that this package reads.
func Sniff(body []byte) (Kind, error) {
	root, err := parse(body)
	if err != nil {
		return "", err
	}
	_, document, err := open(root)
	if err != nil {
		return "", err
	}
	return kindOf(document)
}

// Read reads any message of this package. The header is nil when the body is a bare Document. It returns what Sniff
// does, ErrEnvelope when the message travels the other way, and every fault of content joined: ErrMissing, ErrRepeated,
// ErrBadText, ErrBadCode, ErrBadAmount, ErrBadMoment, ErrBadTotal, those of package money.
func Read(body []byte) (*Header, Message, error) {
	root, err := parse(body)
	if err != nil {
		return nil, nil, err
	}
	head, document, err := open(root)
	if err != nil {
		return nil, nil, err
	}
	kind, err := kindOf(document)
	if err != nil {
		return nil, nil, err
	}
	if err := travels(kind, head != nil); err != nil {
		return nil, nil, err
	}
	m := kind.blank()
	content, err := only(document, document.space, m.root())
	if err != nil {
		return nil, nil, err
	}
	faults := take(content, m.visit)
	var h *Header
	if head != nil {
		h = new(Header)
		faults = append(faults, take(head, h.visit(kind))...)
	}
	if len(faults) > 0 {
		return nil, nil, fmt.Errorf("read %s: %w", kind, errors.Join(faults...))
	}
	return h, m, nil
}

// ReadAs is Read for a body of which the message is known: ReadAs[*StatusReport](body). It returns ErrWrongMessage when
// the body is another.
func ReadAs[M Message](body []byte) (*Header, M, error) {
	h, m, err := Read(body)
	if err != nil {
		var none M
		return nil, none, err
	}
	expected, ok := m.(M)
	if !ok {
		return nil, expected, fmt.Errorf("%w: it is a %s", ErrWrongMessage, m.Kind())
	}
	return h, expected, nil
}

func take(content *node, p part) []error {
	f := form{node: content, reading: true}
	p(&f)
	return f.faults
}

// open finds the header, if there is one, and the document.
func open(root *node) (head, document *node, err error) {
	if root.name == documentName {
		return nil, root, nil
	}
	if root.name != businessName || root.space != "" {
		return nil, nil, fmt.Errorf("%w: the element %.40q in %.80q", ErrWrongMessage, root.name, root.space)
	}
	if head, err = only(root, Head001.Namespace(), headerName); err != nil {
		return nil, nil, err
	}
	var found []*node
	for _, kid := range root.kids {
		if kid.name == documentName {
			found = append(found, kid)
		}
	}
	if len(found) != 1 || len(root.kids) != 2 {
		return nil, nil, fmt.Errorf("%w: a header and one Document are expected", ErrEnvelope)
	}
	return head, found[0], nil
}

// only finds the one child of that name.
func only(parent *node, space, name string) (*node, error) {
	var found []*node
	for _, kid := range parent.kids {
		if kid.name == name && kid.space == space {
			found = append(found, kid)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%w: %d elements %s where one is expected", ErrWrongMessage, len(found), name)
	}
	return found[0], nil
}

// kindOf tells the message of a document by its namespace.
func kindOf(document *node) (Kind, error) {
	if len(document.space) > len(namespacePrefix) {
		if k := Kind(document.space[len(namespacePrefix):]); k.Namespace() == document.space && k.blank() != nil {
			return k, nil
		}
	}
	return "", fmt.Errorf("%w: the namespace is %.80q", ErrWrongMessage, document.space)
}
