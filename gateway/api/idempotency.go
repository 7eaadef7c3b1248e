package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
)

// KeyInput is the header of every request that moves money.
type KeyInput struct {
	IdempotencyKey idempotencyKey `header:"Idempotency-Key" required:"true" doc:"1 to 255 visible ASCII characters, bare or quoted; names one object for ever"`
}

type idempotencyKey string

// bare returns the key without quotes: "a" and a are the same one.
func (k idempotencyKey) bare() string {
	text := string(k)
	if len(text) >= 2 && strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) {
		text = text[1 : len(text)-1]
	}
	return text
}

// Resolve refuses a key that is missing or malformed.
func (k *idempotencyKey) Resolve(huma.Context) []error {
	const longest = 255
	switch text := k.bare(); {
	case text == "":
		return []error{keyFault{Violation{"Idempotency-Key", "missing", "is required"}}}
	case len(text) > longest || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }):
		return []error{keyFault{Violation{"Idempotency-Key", "invalid", "must be 1 to 255 visible ASCII characters"}}}
	}
	return nil
}

// keyFault is a fault of the key. It decides the status of the answer, whatever else is wrong.
type keyFault struct{ Violation }

// GetStatus tells huma the status.
func (keyFault) GetStatus() int { return http.StatusBadRequest }

// Unwrap returns errNoIdempotency and the fault itself.
func (f keyFault) Unwrap() []error { return []error{errNoIdempotency, f.Violation} }

// key returns the merchant's idempotency key for the path, bound to the bytes of the body: the same bytes are the same
// request.
func (in KeyInput) key(ctx context.Context, now time.Time) payment.Key {
	caller, r := callerOf(ctx), requestOf(ctx)
	return payment.Key{
		Merchant: caller.Merchant, Path: string(caller.Mode) + r.path, Key: in.IdempotencyKey.bare(),
		Hash: r.digest, At: now,
	}
}

// answerOutput is an answer as it was stored, byte for byte.
type answerOutput struct {
	Status      int
	ContentType string `header:"Content-Type"`
	Replayed    string `header:"Idempotent-Replayed" doc:"true when the key was used before and this is its answer"`
	Body        []byte
}

func answered(reply gateway.Reply) *answerOutput {
	out := &answerOutput{Status: reply.Answer.Status, ContentType: "application/json", Body: reply.Answer.Body}
	if reply.Replayed {
		out.Replayed = "true"
	}
	return out
}

// render returns the function that turns a payment into the answer to the key's request.
func render(key payment.Key, now func() time.Time, view func(p payment.Payment, object string) (status int, body any)) func(payment.Payment, string) payment.Answer {
	return func(p payment.Payment, object string) payment.Answer {
		status, body := view(p, object)
		var text strings.Builder
		if err := strictJSON.Marshal(&text, body); err != nil {
			panic("api: a view did not encode: " + err.Error())
		}
		return payment.Answer{
			Merchant: key.Merchant, Path: key.Path, Key: key.Key, Status: status, Body: []byte(text.String()),
			At: now(),
		}
	}
}

// answers documents the bodies of an operation that answers with stored bytes.
func answers[T any](contract huma.API, op huma.Operation, statuses ...int) huma.Operation {
	schema := contract.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, op.OperationID)
	op.Responses = map[string]*huma.Response{}
	for _, status := range statuses {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{"application/json": {Schema: schema}},
		}
	}
	op.DefaultStatus = statuses[0]
	return op
}
