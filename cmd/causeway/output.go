package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func outputFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("output", "table", "table or json")
	return cmd
}

// show writes v as JSON, or as the table that rows fill.
func show(cmd *cobra.Command, v any, rows func(w io.Writer)) error {
	switch format, _ := cmd.Flags().GetString("output"); format {
	case "json":
		encoder := json.NewEncoder(cmd.OutOrStdout())
		encoder.SetIndent("", "  ")
		return encoder.Encode(v)
	case "table":
		w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		rows(w)
		return w.Flush()
	default:
		return fmt.Errorf("%w: --output must be table or json", errUsage)
	}
}

// decided writes how far two people are with what they decide. What became of it, if anything has to be said, goes before
// the names once both agree.
func decided(w io.Writer, what, became, proposedBy, confirmedBy string) {
	if confirmedBy == "" {
		fmt.Fprintf(w, "%s\tproposed by %s; another person has to confirm it\n", what, proposedBy)
		return
	}
	fmt.Fprintf(w, "%s\t%sproposed by %s, confirmed by %s\n", what, became, proposedBy, confirmedBy)
}
