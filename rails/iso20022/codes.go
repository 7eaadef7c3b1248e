package iso20022

import (
	"embed"
	"encoding/json"
	"fmt"
	"sync"
)

// CodeSet names one of the external code sets of ISO 20022.
type CodeSet string

// The code sets of which the definitions are at hand.
const (
	StatusReasons          CodeSet = "status_reason"
	ReturnReasons          CodeSet = "return_reason"
	CancellationReasons    CodeSet = "cancellation_reason"
	CancellationRejections CodeSet = "cancellation_rejection"
	Purposes               CodeSet = "purpose"
	CategoryPurposes       CodeSet = "category_purpose"
	ChargeTypes            CodeSet = "charge_type"
	TransactionStatuses    CodeSet = "transaction_status"
	GroupStatuses          CodeSet = "group_status"
	EntryStatuses          CodeSet = "entry_status"
	BalanceTypes           CodeSet = "balance_type"
	ClearingSystems        CodeSet = "clearing_system"
)

// CodeSets are all of them.
func CodeSets() []CodeSet {
	return []CodeSet{
		StatusReasons, ReturnReasons, CancellationReasons, CancellationRejections, Purposes, CategoryPurposes,
		ChargeTypes, TransactionStatuses, GroupStatuses, EntryStatuses, BalanceTypes, ClearingSystems,
	}
}

//go:embed codes/*.json
var codeFiles embed.FS

var definitions = sync.OnceValue(func() map[CodeSet]map[string]string {
	sets := map[CodeSet]map[string]string{}
	for _, set := range CodeSets() {
		text, err := codeFiles.ReadFile("codes/" + string(set) + ".json")
		if err != nil {
			panic(err) // it is compiled in
		}
		var codes map[string]string
		if err := json.Unmarshal(text, &codes); err != nil {
			panic(fmt.Errorf("codes/%s.json: %w", set, err)) // a test reads them all
		}
		sets[set] = codes
	}
	return sets
})

// Definition is what ISO 20022 says that a code of an external set means, in English, and whether the set has it. Sets
// grow every quarter: a code that is not known here may be one of tomorrow, and is no reason to refuse a message.
func Definition(set CodeSet, code string) (text string, known bool) {
	text, known = definitions()[set][code]
	return text, known
}
