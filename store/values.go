package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// micros is how a time is stored: microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// document encodes what is stored whole. What cannot be encoded is a fault of the program.
func document(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: %T does not encode: %v", v, err))
	}
	return string(data)
}

// decoder collects the faults of a row while its columns are turned into values.
type decoder struct{ err error }

func (d *decoder) note(column string, err error) {
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("column %s: %w", column, err)
	}
}

func (d *decoder) asset(column, text string) money.Asset {
	asset, err := money.ParseAsset(text)
	d.note(column, err)
	return asset
}

func (d *decoder) amount(column, text string, asset money.Asset) money.Amount {
	amount, err := money.Restore(text, asset)
	d.note(column, err)
	return amount
}

func (d *decoder) outcome(column, text string) payment.Outcome {
	var o payment.Outcome
	d.note(column, o.UnmarshalText([]byte(text)))
	return o
}

func (d *decoder) document(column, text string, into any) {
	d.note(column, json.Unmarshal([]byte(text), into))
}

// rows returns n tuples of placeholders for a statement with many rows: "(?,?),(?,?)".
func rows(n, columns int) string {
	tuple := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	return strings.TrimSuffix(strings.Repeat(tuple+",", n), ",")
}
