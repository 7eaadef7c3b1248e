// Package iso reads and writes the ISO 20022 messages that the sandbox bank exchanges, as far as the bank uses them.
//
// It is deliberately not the gateway's own reader and writer: a mistake that one makes about the standard must not be
// made by the other as well, or nobody would notice.
package iso

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrSyntax is returned when a text is not one message that the bank takes.
var ErrSyntax = errors.New("not a message that this bank takes")

const namespace = "urn:iso:std:iso:20022:tech:xsd:"

// The names of the messages, which are the last part of their namespaces.
const (
	Head001 = "head.001.001.02"
	Pain001 = "pain.001.001.09"
	Pain002 = "pain.002.001.10"
	Pacs002 = "pacs.002.001.10"
	Pacs004 = "pacs.004.001.09"
	Pacs008 = "pacs.008.001.08"
	Pacs028 = "pacs.028.001.03"
	Camt029 = "camt.029.001.09"
	Camt053 = "camt.053.001.08"
	Camt054 = "camt.054.001.08"
	Camt055 = "camt.055.001.08"
	Camt056 = "camt.056.001.08"
)

// Message is one message as it came in. Document is a pointer to the struct of its name.
type Message struct {
	Name     string  // such as "pain.001.001.09"
	Header   *Header // nil without an envelope
	Document any
}

// readable makes an empty document of every message that the bank takes.
var readable = map[string]func() any{
	Pain001: func() any { return new(Initiation) },
	Pacs008: func() any { return new(CreditTransfer) },
	Pacs028: func() any { return new(StatusRequest) },
	Camt055: func() any { return new(Cancellation) },
	Camt056: func() any { return new(Cancellation) },
}

// Read reads a bare Document, or a BusinessMessage with its header, or returns ErrSyntax. It looks at names and
// namespaces; what a document must hold is for its reader to ask for.
func Read(body []byte) (Message, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	root, err := nextElement(decoder)
	if err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	var m Message
	switch root.Name.Local {
	case "Document":
		err = m.readDocument(decoder, root)
	case "BusinessMessage":
		err = m.readEnvelope(decoder)
	default:
		err = fmt.Errorf("the root is %s, neither Document nor BusinessMessage", root.Name.Local)
	}
	if err == nil {
		_, err = nextElement(decoder)
		if err == io.EOF {
			return m, nil
		}
		err = errors.New("something follows the message")
	}
	return Message{}, fmt.Errorf("%w: %w", ErrSyntax, err)
}

func (m *Message) readEnvelope(decoder *xml.Decoder) error {
	for {
		child, err := nextElement(decoder)
		switch {
		case err != nil:
			return err
		case child.Name.Local == "":
			if m.Header == nil || m.Document == nil {
				return errors.New("a BusinessMessage holds an AppHdr and a Document")
			}
			return nil
		case child.Name == xml.Name{Space: namespace + Head001, Local: "AppHdr"} && m.Header == nil:
			m.Header = new(Header)
			err = decoder.DecodeElement(m.Header, &child)
		case child.Name.Local == "Document" && m.Document == nil:
			err = m.readDocument(decoder, child)
		default:
			err = fmt.Errorf("%s has no place in a BusinessMessage", child.Name.Local)
		}
		if err != nil {
			return err
		}
	}
}

func (m *Message) readDocument(decoder *xml.Decoder, start xml.StartElement) error {
	m.Name = strings.TrimPrefix(start.Name.Space, namespace)
	empty, ok := readable[m.Name]
	if !ok {
		return fmt.Errorf("a Document in the namespace %q", start.Name.Space)
	}
	m.Document = empty()
	return decoder.DecodeElement(m.Document, &start)
}

// nextElement returns the next start of an element, or an empty one at the end of the element around.
func nextElement(decoder *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := decoder.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return t, nil
		case xml.EndElement:
			return xml.StartElement{}, nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return xml.StartElement{}, errors.New("text between the elements")
			}
		}
	}
}

// Root is the opening of every document that is written.
type Root struct {
	XMLName   xml.Name `xml:"Document"`
	Namespace string   `xml:"xmlns,attr"`
}

// Open returns the opening of the document called name.
func Open(name string) Root { return Root{Namespace: namespace + name} }

// Write writes a document, in a BusinessMessage when header is there.
func Write(header *Header, document any) []byte {
	var out bytes.Buffer
	out.WriteString(xml.Header)
	if header == nil {
		encode(&out, document)
		return out.Bytes()
	}
	out.WriteString("<BusinessMessage>")
	header.Namespace = namespace + Head001
	encode(&out, header)
	encode(&out, document)
	out.WriteString("</BusinessMessage>")
	return out.Bytes()
}

// encode panics only when one of our own structs cannot be written.
func encode(out *bytes.Buffer, document any) {
	if err := xml.NewEncoder(out).Encode(document); err != nil {
		panic(fmt.Sprintf("write %T: %v", document, err))
	}
}
