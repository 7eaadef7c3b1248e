// Package contracts holds the tokens of the development chain as they were compiled, so that neither a build nor a run
// needs a Solidity compiler. The sources are beside it; `make contracts` compiles them again.
package contracts

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed artifacts/*.json
var artifacts embed.FS

// Artifact is one compiled contract.
type Artifact struct {
	Contract string          `json:"contract"`
	Source   string          `json:"source"`   // file beside this package
	Compiler string          `json:"compiler"` // version and commit
	Inputs   string          `json:"inputs"`   // hash of all that it was made from
	ABI      json.RawMessage `json:"abi"`
	Bytecode string          `json:"bytecode"` // of the creation, before the constructor's arguments; 0x and hex
}

// Read returns a compiled contract by its name, such as USDC.
func Read(contract string) (Artifact, error) {
	text, err := artifacts.ReadFile("artifacts/" + contract + ".json")
	if err != nil {
		return Artifact{}, fmt.Errorf("contract %s: %w", contract, err)
	}
	var a Artifact
	if err := json.Unmarshal(text, &a); err != nil {
		return Artifact{}, fmt.Errorf("contract %s: %w", contract, err)
	}
	return a, nil
}
