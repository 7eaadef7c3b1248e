package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
)

// KeyInput is the header of every request that moves money.
type KeyInput struct {
	IdempotencyKey string `header:"Idempotency-Key" doc:"1 to 255 visible ASCII characters, bare or quoted; names one object for ever"`
}

// key returns the merchant's idempotency key for the path, bound to the bytes of the body: the same bytes are the same
// request. It returns errNoIdempotency when the header is missing or malformed.
func (in KeyInput) key(ctx context.Context, now time.Time) (payment.Key, error) {
	text := in.IdempotencyKey
	if len(text) >= 2 && strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) {
		text = text[1 : len(text)-1]
	}
	if len(text) < 1 || len(text) > 255 || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return payment.Key{}, errNoIdempotency
	}
	caller, with := callerOf(ctx), companyOf(ctx)
	return payment.Key{
		Merchant: caller.Merchant, Path: string(caller.Mode) + with.path, Key: text, Hash: with.digest,
		At: now.UTC().Truncate(time.Microsecond),
	}, nil
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
			At: now().UTC().Truncate(time.Microsecond),
		}
	}
}

// answers documents the bodies of an operation that answers with stored bytes.
func answers[T any](contract huma.API, op huma.Operation, statuses ...int) huma.Operation {
	schema := huma.SchemaFromType(contract.OpenAPI().Components.Schemas, typeOf[T]())
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
