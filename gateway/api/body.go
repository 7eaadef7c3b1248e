package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/causeway-pay/causeway/payment"
)

const (
	bodyMax  = 64 << 10 // bytes of a request
	depthMax = 16       // objects and lists within each other
)

// strictBody reads the whole body before anybody believes a part of it, and refuses what is too large, too deep, no
// single JSON document, or carries a card number. Callbacks are not ours to judge: their signature is over other bytes.
func (s *server) strictBody(c *gin.Context) {
	data, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, bodyMax))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		s.refuse(c, errTooLarge)
		return
	case err != nil:
		s.refuse(c, errBadJSON)
		return
	}
	if !strings.HasPrefix(c.Request.URL.Path, "/callbacks/") && len(data) > 0 {
		if err := inspect(data); err != nil {
			s.refuse(c, err)
			return
		}
	}
	sum := sha256.Sum256(data)
	r := requestOf(c.Request.Context())
	r.digest = hex.EncodeToString(sum[:])
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), requestKey{}, r))
	c.Request.Body = io.NopCloser(bytes.NewReader(data))
	c.Next()
}

// inspect walks the document once. The decoder itself refuses repeated members and what is not UTF-8.
func inspect(data []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	for documents := 0; ; {
		token, err := d.ReadToken()
		if errors.Is(err, io.EOF) && documents == 1 {
			return nil
		}
		if err != nil || documents > 0 || d.StackDepth() > depthMax {
			return errBadJSON
		}
		if err := inspectToken(d, token); err != nil {
			return err
		}
		if d.StackDepth() == 0 {
			documents++
		}
	}
}

// inspectToken refuses null, U+0000, which PostgreSQL cannot keep, and card numbers. What is absent is left out: a null
// amount must never mean "all of it". Digits of an amount mean money.
func inspectToken(d *jsontext.Decoder, token jsontext.Token) error {
	switch token.Kind() {
	case 'n':
		return &invalid{[]Violation{{string(d.StackPointer()), "invalid", "must not be null; leave it out"}}}
	case '"', '0':
		if strings.ContainsRune(token.String(), 0) {
			return errBadJSON
		}
		if d.StackPointer() != "/amount/value" && payment.IsCardNumber(token.String()) {
			return errRawPAN
		}
	}
	return nil
}

// strictJSON reads members by their exact names. huma reads a document twice: as anything, to hold it against the
// schema, which knows every member, and then as the type itself.
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error { return json.MarshalWrite(w, v) },
	Unmarshal: func(data []byte, v any) error {
		if json.Unmarshal(data, v) != nil {
			return readMembers(data, v)
		}
		if document, ok := v.(*any); ok {
			*document = guardNames(*document)
		}
		return nil
	},
}

// readMembers reads what it can of a document that does not fit its type, so that every fault of the rest can be named
// along with that one. It returns errBadJSON, which unlike the decoder's own error repeats nothing.
func readMembers(data []byte, v any) error {
	var members map[string]jsontext.Value
	if json.Unmarshal(data, &members) == nil {
		for name, value := range members {
			alone, err := json.Marshal(map[string]jsontext.Value{name: value})
			if err == nil {
				_ = json.Unmarshal(alone, v) // whatever does not fit is named by the schema
			}
		}
	}
	return errBadJSON
}
