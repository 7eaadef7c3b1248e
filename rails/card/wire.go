package card

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/causeway-pay/causeway/rails/line"
)

const (
	mediaType    = "application/json"
	statementMax = 32 << 20 // bytes of a statement
)

// call exchanges one request for one answer.
func (a *Acquirer) call(ctx context.Context, method, path string, body any) (line.Reply, error) {
	return a.callUpTo(ctx, line.AnswerMax, method, path, body)
}

func (a *Acquirer) callUpTo(ctx context.Context, limit int64, method, path string, body any) (line.Reply, error) {
	request := line.Request{Method: method, Path: path, Accept: mediaType, Max: limit}
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return line.Reply{}, fmt.Errorf("encode: %w", err)
		}
		request.Type, request.Body = mediaType, encoded
	}
	return a.line.Do(ctx, request)
}
