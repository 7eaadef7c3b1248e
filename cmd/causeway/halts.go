package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

func haltsCommand() *cobra.Command {
	halts := &cobra.Command{
		Use: "halts", Short: "What does not go on until two people have looked: payouts, wallets, the watching of chains", Args: cobra.NoArgs,
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, _ []string) error {
			all, err := db.Halts(cmd.Context())
			if err != nil {
				return err
			}
			return show(cmd, map[string][]halt.Halt{"halts": all}, func(w io.Writer) {
				fmt.Fprintln(w, "NAME\tSINCE\tREASON\tLIFT PROPOSED BY\tAT")
				for _, h := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", h.Name, payment.Stamp(h.At), h.Reason, h.ProposedBy, payment.Stamp(h.ProposedAt))
				}
			})
		}),
	}
	var by, note string
	lift := &cobra.Command{
		Use: "lift NAME", Short: "Propose to go on, or confirm what somebody else proposed", Args: cobra.ExactArgs(1),
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			h, err := halt.Lift(cmd.Context(), db, args[0], by, note, now())
			if err != nil {
				return err
			}
			return show(cmd, h, func(w io.Writer) {
				decided(w, h.Name, "lifted: ", h.ProposedBy, h.ConfirmedBy)
			})
		}),
	}
	lift.Flags().StringVar(&by, "by", "", "who says so")
	lift.Flags().StringVar(&note, "note", "", "why it may go on, for the record")
	halts.AddCommand(outputFlag(lift))
	return outputFlag(halts)
}
