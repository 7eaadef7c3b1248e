package store

import (
	"database/sql/driver"
	"fmt"

	sqlite "modernc.org/sqlite"

	"github.com/causeway-pay/causeway/money"
)

// SQLite has no exact decimals. Amounts are text there, and are added and compared by these functions; PostgreSQL has
// functions of the same names over NUMERIC.
func init() {
	sqlite.MustRegisterDeterministicScalarFunction("dec_add", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		a, b, err := operands(args)
		if err != nil {
			return nil, err
		}
		return a.Add(b).Value(), nil
	})
	sqlite.MustRegisterDeterministicScalarFunction("dec_cmp", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		a, b, err := operands(args)
		if err != nil {
			return nil, err
		}
		return int64(a.Cmp(b)), nil
	})
	sqlite.MustRegisterFunction("dec_sum", &sqlite.FunctionImpl{
		NArgs: 1, Deterministic: true,
		MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return &sum{total: number.Zero()}, nil },
	})
}

// number is an asset that stands for all of them: SQL compares amounts of one asset only, and does not name it.
var number = money.Asset{Code: "number"}

func operands(args []driver.Value) (a, b money.Amount, err error) {
	if a, err = operand(args[0]); err != nil {
		return a, b, err
	}
	b, err = operand(args[1])
	return a, b, err
}

func operand(v driver.Value) (money.Amount, error) {
	switch v := v.(type) {
	case string:
		return money.Restore(v, number)
	case []byte:
		return money.Restore(string(v), number)
	}
	return money.Amount{}, fmt.Errorf("%T is no amount", v)
}

type sum struct{ total money.Amount }

func (s *sum) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	a, err := operand(args[0])
	if err != nil {
		return err
	}
	s.total = s.total.Add(a)
	return nil
}

func (s *sum) WindowInverse(_ *sqlite.FunctionContext, args []driver.Value) error {
	a, err := operand(args[0])
	if err != nil {
		return err
	}
	s.total = s.total.Sub(a)
	return nil
}

func (s *sum) WindowValue(*sqlite.FunctionContext) (driver.Value, error) { return s.total.Value(), nil }
func (s *sum) Final(*sqlite.FunctionContext)                             {}
