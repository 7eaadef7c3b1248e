package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
	"github.com/causeway-pay/causeway/store"
)

func haltsCommand() *cobra.Command {
	halts := &cobra.Command{
		Use: "halts", Short: "Wallets, and the watching of chains, that do not go on until somebody has looked", Args: cobra.NoArgs,
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, _ []string) error {
			all, err := db.Halts(cmd.Context())
			if err != nil {
				return err
			}
			return show(cmd, map[string][]chain.Halt{"halts": all}, func(w io.Writer) {
				fmt.Fprintln(w, "NAME\tSINCE\tREASON\tLIFT PROPOSED BY\tAT")
				for _, h := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", h.Name, payment.Stamp(h.At), h.Reason, h.ProposedBy, payment.Stamp(h.ProposedAt))
				}
			})
		}),
	}
	var by string
	lift := &cobra.Command{
		Use: "lift NAME", Short: "Propose to go on, or confirm what somebody else proposed", Args: cobra.ExactArgs(1),
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			h, err := chain.Lift(cmd.Context(), db, args[0], by, now())
			if err != nil {
				return err
			}
			return show(cmd, h, func(w io.Writer) {
				if h.ConfirmedBy == "" {
					fmt.Fprintf(w, "%s\tproposed by %s; another person has to confirm it\n", h.Name, h.ProposedBy)
					return
				}
				fmt.Fprintf(w, "%s\tlifted: proposed by %s, confirmed by %s\n", h.Name, h.ProposedBy, h.ConfirmedBy)
			})
		}),
	}
	lift.Flags().StringVar(&by, "by", "", "who says so")
	halts.AddCommand(outputFlag(lift))
	return outputFlag(halts)
}
