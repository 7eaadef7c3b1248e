package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

func claimsCommand() *cobra.Command {
	claims := &cobra.Command{
		Use: "claims", Short: "What payers sent that pays for nothing: over, late, or in another asset", Args: cobra.NoArgs,
		RunE: withStore(func(cmd *cobra.Command, db *store.DB, _ []string) error {
			all, err := db.Claims(cmd.Context())
			if err != nil {
				return err
			}
			return show(cmd, map[string][]payment.Claim{"claims": all}, func(w io.Writer) {
				fmt.Fprintln(w, "PAYMENT\tAMOUNT\tSINCE\tCAME FROM\tPROPOSED\tTO\tBY")
				for _, c := range all {
					r := payment.ClaimRuling{}
					proposed := ""
					if c.Ruling != nil {
						r, proposed = *c.Ruling, c.Ruling.Amount.String()
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
						c.Payment, c.Amount, payment.Stamp(c.Since), strings.Join(c.Senders, ","), proposed, r.Destination, r.ProposedBy)
				}
			})
		}),
	}
	claims.AddCommand(outputFlag(claimsReturnCommand()))
	return outputFlag(claims)
}

func claimsReturnCommand() *cobra.Command {
	var amount, to, by string
	cmd := &cobra.Command{
		Use: "return PAYMENT", Args: cobra.ExactArgs(1),
		Short:   "Propose to return a claim, or confirm exactly what somebody else proposed",
		Example: "  causeway claims return pay_01KAPR3Z5V9W6QZ2M8D4X7TJ5N --amount '5 USDC' --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --by ann",
		RunE: withBooks(func(cmd *cobra.Command, c config.Config, db *store.DB, args []string) error {
			p, err := db.Payment(cmd.Context(), payment.ID(args[0]))
			if err != nil {
				return err
			}
			wanted, err := amountOf(p, amount)
			if err != nil {
				return err
			}
			channels, _, err := chainChannels(c.Chains, db, slog.Default())
			if err != nil {
				return err
			}
			g := gateway.New(gateway.Deps{
				Store: db, Channels: channels, Now: now, NewID: payment.NewIDs(now), ClaimsAfter: c.ClaimsAfter, Log: slog.Default(),
			})
			r, err := g.ReturnClaim(cmd.Context(), p.ID, wanted, to, by)
			if err != nil {
				return err
			}
			return show(cmd, r, func(w io.Writer) {
				decided(w, fmt.Sprintf("%s\t%s to %s", r.Payment, r.Amount, r.Destination), r.Operation+": ", r.ProposedBy, r.ConfirmedBy)
			})
		}),
	}
	cmd.Flags().StringVar(&amount, "amount", "", "how much of what: '5 USDC', or with its network '5 USDC@eip155:1'")
	cmd.Flags().StringVar(&to, "to", "", "the address that the payer named; nothing is guessed")
	cmd.Flags().StringVar(&by, "by", "", "who says so")
	return cmd
}

// amountOf reads an amount of an asset that payers sent for the payment.
func amountOf(p payment.Payment, text string) (money.Amount, error) {
	value, name, _ := strings.Cut(strings.TrimSpace(text), " ")
	var found []money.Asset
	for _, r := range p.Receipts {
		asset := r.Amount.Asset()
		if (name == asset.Code || name == asset.String()) && (len(found) == 0 || found[0] != asset) {
			found = append(found, asset)
		}
	}
	if len(found) != 1 {
		return money.Amount{}, fmt.Errorf("%w: --amount: %d assets of the payment are called %q", errUsage, len(found), name)
	}
	amount, err := money.Parse(value, found[0])
	if err != nil {
		return amount, fmt.Errorf("%w: --amount: %w", errUsage, err)
	}
	return amount, nil
}
