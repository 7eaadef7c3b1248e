package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/sheet"
	"github.com/causeway-pay/causeway/store"
)

func ledgerCommand() *cobra.Command {
	books := &cobra.Command{Use: "ledger", Short: "The double-entry ledger"}
	books.AddCommand(entriesCommand(), entryCommand(), balanceCommand(), fundCommand())
	return books
}

func entriesCommand() *cobra.Command {
	entries := &cobra.Command{
		Use: "entries PAYMENT", Short: "Show the entries of a payment or payout", Args: cobra.ExactArgs(1),
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			found, err := db.Entries(cmd.Context(), payment.ID(args[0]))
			if err != nil {
				return err
			}
			if format, _ := cmd.Flags().GetString("output"); format == "csv" {
				return entriesSheet(cmd.OutOrStdout(), found)
			}
			return show(cmd, map[string][]ledger.Entry{"entries": found}, func(w io.Writer) {
				for _, e := range found {
					fmt.Fprintln(w, e)
				}
			})
		}),
	}
	outputFlag(entries).Flags().Lookup("output").Usage = "table, json or csv"
	return entries
}

func entryCommand() *cobra.Command {
	return outputFlag(&cobra.Command{
		Use: "entry ID", Short: "Show one entry, also of what is no payment's", Args: cobra.ExactArgs(1),
		Example: "  causeway ledger entry fund_1:funded",
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			found, err := db.Entry(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return show(cmd, found, func(w io.Writer) { fmt.Fprintln(w, found) })
		}),
	})
}

func balanceCommand() *cobra.Command {
	return outputFlag(&cobra.Command{
		Use: "balance ACCOUNT ASSET", Short: "Show what stands on an account", Args: cobra.ExactArgs(2),
		Example: "  causeway ledger balance nostro:bank.sandbox-eur:EUR EUR\n  causeway ledger balance chain:eip155:1337:hot USDC@eip155:1337",
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			account, asset, err := accountAndAsset(args[0], args[1])
			if err != nil {
				return err
			}
			found, err := db.Balance(cmd.Context(), account, asset)
			if err != nil {
				return err
			}
			return show(cmd, ledger.Balance{Account: account, Amount: found}, func(w io.Writer) { fmt.Fprintln(w, account, found) })
		}),
	})
}

// entriesSheet writes entries for a spreadsheet, a row for each posting.
func entriesSheet(out io.Writer, entries []ledger.Entry) error {
	w := sheet.NewWriter(out, "entry", "account", "amount", "asset")
	for _, e := range entries {
		for _, p := range e.Postings {
			w.Row(e.ID, string(p.Account), p.Amount.Value(), p.Amount.Asset().String())
		}
	}
	return w.Flush()
}

// fundCommand books money of the house that was put into a nostro account or a wallet.
func fundCommand() *cobra.Command {
	return &cobra.Command{
		Use: "fund ID ACCOUNT VALUE ASSET", Args: cobra.ExactArgs(4),
		Short: "Book the funding of a nostro account or a hot wallet by treasury; an ID books once",
		Example: "  causeway ledger fund fund_1 nostro:xb.sandbox:CNY 100000.00 CNY\n" +
			"  causeway ledger fund fund_2 chain:eip155:1337:hot 10 ETH@eip155:1337",
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, args []string) error {
			account, asset, err := accountAndAsset(args[1], args[3])
			if err != nil {
				return err
			}
			amount, err := money.Parse(args[2], asset)
			if err != nil {
				return err
			}
			entry := ledger.Funding{ID: args[0] + ":funded", Account: account, Amount: amount}.Entry()
			if err := entry.Check(); err != nil {
				return err
			}
			if err := db.Post(cmd.Context(), entry, now()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), entry)
			return nil
		}),
	}
}

func accountAndAsset(account, asset string) (ledger.Account, money.Asset, error) {
	a, err := ledger.ParseAccount(account)
	if err != nil {
		return "", money.Asset{}, err
	}
	of, err := money.ParseAsset(asset)
	return a, of, err
}
