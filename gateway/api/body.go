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
)

const (
	bodyMax  = 64 << 10 // bytes of a request
	depthMax = 16       // objects and lists within each other
)

// strictJSON reads one document without repeated, case-folded or unknown members, in valid UTF-8.
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error { return json.MarshalWrite(w, v) },
	Unmarshal: func(data []byte, v any) error {
		return json.Unmarshal(data, v, json.RejectUnknownMembers(true))
	},
}

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
	with := companyOf(c.Request.Context())
	with.digest = hex.EncodeToString(sum[:])
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), companyKey{}, with))
	c.Request.Body = io.NopCloser(bytes.NewReader(data))
	c.Next()
}

// inspect walks the document once.
func inspect(data []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	for depth, documents := 0, 0; ; {
		token, err := d.ReadToken()
		if errors.Is(err, io.EOF) && documents == 1 {
			return nil
		}
		if err != nil || documents > 0 {
			return errBadJSON
		}
		switch token.Kind() {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case 'n': // what is absent is left out: a null amount must never mean "all of it"
			return &invalid{[]Violation{{string(d.StackPointer()), "invalid", "must not be null; leave it out"}}}
		case '"', '0':
			if strings.ContainsRune(token.String(), 0) { // PostgreSQL cannot keep U+0000
				return errBadJSON
			}
			if !isAmount(d) && isCardNumber(token.String()) {
				return errRawPAN
			}
		}
		if depth > depthMax {
			return errBadJSON
		}
		if depth == 0 {
			documents++
		}
	}
}

// isAmount reports whether the string just read is an amount's value, whose digits mean money.
func isAmount(d *jsontext.Decoder) bool {
	return d.StackPointer() == "/amount/value"
}
